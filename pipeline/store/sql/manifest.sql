-- pin --
-- What the text of a value hangs on, for this transaction alone; and no time-out cuts it.
SELECT set_config(name, value, true) FROM (VALUES ('search_path', 'pg_catalog'), ('TimeZone', 'UTC'),
    ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '3'),
    ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('row_security', 'off'), ('statement_timeout', '0'),
    ('lock_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'))
    AS pinned (name, value)
WHERE name IN (SELECT name FROM pg_settings);

-- unlimited --
-- No time-out that a role or a database sets for its sessions cuts a statement: each has one of ours.
SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout',
    'transaction_timeout', 'idle_in_transaction_session_timeout');

-- snapshot --
-- What pg_dump is given to see the same.
SELECT pg_export_snapshot();

-- tables --
-- Every table with rows of its own; those of extensions are made by the extension.
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1;

-- rows_of --
-- {name} is a table's quoted name. Without .* a column of the alias's name would be meant.
SELECT count(*) AS rows, coalesce(sum(hashtextextended(ROW(r.*)::text COLLATE "C", 0)), 0)::text AS hash
FROM ONLY {name} AS r;

-- sequences --
-- Where each stands; one that was never used stands before its start.
SELECT format('%I.%I', schemaname, sequencename) AS name,
    coalesce(last_value, start_value - increment_by) AS value, increment_by AS increment, cycle AS cycles
FROM pg_sequences WHERE schemaname NOT LIKE 'pg\_%'
ORDER BY 1;

-- large_objects --
-- How many.
SELECT count(*) AS rows, '' AS hash FROM pg_largeobject_metadata;

-- large_objects_read --
-- Whether their content may be read.
SELECT has_table_privilege('pg_catalog.pg_largeobject', 'SELECT');

-- large_objects_hash --
-- The sum over their pages.
SELECT coalesce(sum(hashtextextended(format('%s:%s:%s', loid, pageno, encode(data, 'hex')) COLLATE "C", 0)), 0)::text
FROM pg_largeobject;

-- extensions --
SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1;

-- roles --
-- Whoever owns something in this database or may do something in it.
SELECT DISTINCT r.rolname AS name FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
WHERE s.refclassid = 'pg_authid'::regclass
    AND (s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        OR s.classid = 'pg_database'::regclass
            AND s.objid = (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
ORDER BY 1;

-- database --
-- $1 name. As JSON, for its columns differ by version; nothing where there is none.
SELECT to_jsonb(d) AS raw, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding,
    current_setting('server_version_num')::int AS server, pg_database_size(oid) AS bytes, now() AS now
FROM pg_database d WHERE datname = $1;

-- settings --
-- $1 name.
SELECT CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole) END AS role, unnest(setconfig) AS setting
FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = $1)
ORDER BY 1, 2;

-- grants --
-- $1 name. Nothing where the grants are the default ones.
SELECT CASE WHEN grantee = 0 THEN 'public' ELSE pg_get_userbyid(grantee) END AS grantee,
    privilege_type AS privilege, bool_or(is_grantable) AS grantable
FROM pg_database, aclexplode(datacl) WHERE datname = $1 AND datacl IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- known_roles --
SELECT rolname AS name FROM pg_roles;

-- known_extensions --
SELECT name FROM pg_available_extensions;

-- databases --
SELECT datname AS name FROM pg_database;

-- terminate --
-- $1 name.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid();

-- data_directory --
-- NULL where we may not know.
SELECT setting FROM pg_settings WHERE name = 'data_directory';
