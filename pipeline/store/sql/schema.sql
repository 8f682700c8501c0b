-- take_lock --
-- Waits until nobody else migrates. $1 the number of the lock. Held until the session ends.
SELECT pg_advisory_lock($1);

-- make_table --
-- What was applied. Its column works_with comes with migration 26.
CREATE TABLE IF NOT EXISTS schema_migrations (
    version int PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- is_there --
-- Whether anything was ever applied.
SELECT to_regclass('schema_migrations') IS NOT NULL;

-- applied --
-- What is applied, with the oldest code that works with each; also where the column is not there yet.
SELECT version, coalesce((to_jsonb(one) ->> 'works_with')::int, version) AS works_with
FROM schema_migrations AS one;

-- be_short --
-- In this transaction no table is waited for any longer than that. $1 the time, with its unit.
SELECT set_config('lock_timeout', $1, true);

-- note --
-- $1 the migration, $2 the oldest code that works with it.
INSERT INTO schema_migrations (version, works_with) VALUES ($1, $2);

-- note_early --
-- $1 a migration before the one that brings the column works_with.
INSERT INTO schema_migrations (version) VALUES ($1);

-- forget --
-- $1 the migration that was undone.
DELETE FROM schema_migrations WHERE version = $1;
