-- try_lock --
-- The executor's advisory lock of a project, held by this connection. $1 which lock, $2 project.
SELECT pg_try_advisory_lock($1, hashtext($2));

-- unlock --
-- $1 which lock, $2 project.
SELECT pg_advisory_unlock($1, hashtext($2));

-- other_executor --
-- One with another lock file that was heard of so lately that it may still act.
-- $1 project, $2 our lock file's id, $3 seconds.
SELECT * FROM executors
WHERE project = $1 AND lock_id <> $2 AND seen_at > now() - make_interval(secs => $3);

-- register_executor --
-- $1 project, $2 lock file's id, $3 name, $4 host, $5 pid, $6 since.
INSERT INTO executors (project, lock_id, name, host, pid, since) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (project) DO UPDATE
    SET lock_id = $2, name = $3, host = $4, pid = $5, since = $6, seen_at = now();

-- renew_executor --
-- Nothing where another one has taken over. $1 project, $2 lock file's id, $3 pid.
UPDATE executors SET seen_at = now() WHERE project = $1 AND lock_id = $2 AND pid = $3 RETURNING project;

-- release_executor --
-- A clean end: nobody needs to wait. $1 project, $2 lock file's id.
DELETE FROM executors WHERE project = $1 AND lock_id = $2;
