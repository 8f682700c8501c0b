-- session --
-- Nothing that the database sets for its sessions may stand in the way.
SELECT set_config(name, value, false) FROM (VALUES ('default_transaction_read_only', 'off'),
    ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
    ('search_path', 'pg_catalog')) AS chosen (name, value)
WHERE name IN (SELECT name FROM pg_settings);

-- available --
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck');

-- schema --
-- Where its functions are.
SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'amcheck';

-- indexes --
-- The btree indexes of the application.
SELECT pg_class.oid, format('%I.%I', nspname, relname) AS name
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE amname = 'btree' AND relkind = 'i' AND relpersistence <> 't' AND indisvalid AND indisready
    AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY name;

-- tables --
-- The tables and materialized views of the application that are heaps; their large values are looked at with them.
SELECT pg_class.oid, format('%I.%I', nspname, relname) AS name
FROM pg_class JOIN pg_am ON pg_am.oid = relam JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE amname = 'heap' AND relkind IN ('r', 'm') AND relpersistence <> 't'
    AND nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY name;

-- check_index --
-- Raises where the index is damaged or lacks a row of its table. $1 index.
SELECT NULL::text AS msg FROM {schema}.bt_index_parent_check($1::oid::regclass, true);

-- check_table --
-- A row for each damage. $1 table.
SELECT msg FROM {schema}.verify_heapam($1::oid::regclass, check_toast => true);
