-- write_line --
-- Once for each key. What asked for a run is about that run. $1 who, $2 what, $3 run or NULL, $4 chat or NULL,
-- $5 key or NULL, $6 detail as JSON.
INSERT INTO audit (actor, action, run_id, chat_id, key, detail)
VALUES ($1, $2, coalesce($3, (SELECT id FROM runs WHERE request_key = $5)), $4, $5, $6)
ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING;

-- lines_before --
-- Newest first. $1 line before which, or NULL, $2 since when, or NULL, $3 how many.
SELECT * FROM audit WHERE id < coalesce($1, 9223372036854775807) AND at >= coalesce($2, '-infinity'::timestamptz)
ORDER BY id DESC LIMIT $3;

-- lines_of_project --
-- Those about its runs, newest first. $1 project, $2 since when, or NULL, $3 how many.
SELECT audit.* FROM audit JOIN runs ON runs.id = run_id
WHERE project_id = $1 AND at >= coalesce($2, '-infinity'::timestamptz)
ORDER BY audit.id DESC LIMIT $3;

-- lines_after --
-- Oldest first. $1 line after which, $2 how many.
SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT $2;

-- lines_of_run --
-- Newest first. $1 run, $2 since when, or NULL, $3 how many.
SELECT * FROM audit WHERE run_id = $1 AND at >= coalesce($2, '-infinity'::timestamptz)
ORDER BY id DESC LIMIT $3;
