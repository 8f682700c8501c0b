-- carried --
-- Settings of the server that what is restored, or migrated, may hang on; those that we may see.
SELECT name, setting FROM pg_settings WHERE name IN ('shared_preload_libraries', 'max_connections',
    'max_locks_per_transaction', 'max_prepared_transactions', 'default_text_search_config', 'TimeZone')
ORDER BY 1;

-- first_role --
-- Whom the server was made with, on whom no object's ownership is noted.
SELECT rolname FROM pg_roles WHERE oid = 10;

-- all_roles --
-- What may be known of each without its password.
SELECT rolname AS name, rolsuper AS superuser, rolinherit AS inherit, rolcreaterole AS createrole,
    rolcreatedb AS createdb, rolbypassrls AS bypassrls, coalesce(rolconfig, '{}') AS settings
FROM pg_roles WHERE rolname NOT LIKE 'pg\_%' ORDER BY 1;

-- members --
SELECT DISTINCT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, admin_option AS admin
FROM pg_auth_members WHERE pg_get_userbyid(member) NOT LIKE 'pg\_%' ORDER BY 1, 2, 3;
