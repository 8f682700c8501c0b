-- known_release --
-- Of exactly these images and not pruned; the one with that number if it has them, else the one that went live last.
-- $1 project, $2 images as JSON, $3 number.
SELECT * FROM releases WHERE project_id = $1 AND images = $2 AND pruned_at IS NULL
ORDER BY (id = $3) DESC, live_since DESC NULLS LAST, id DESC LIMIT 1;

-- past_run --
-- A run that ended while the journal was away, told once. Where a chat has been told of all up to a later
-- moment, it ends after that, so that the chat is told of this one too.
-- $1 project, $2 kind, $3 state, $4 source, $5 who, $6 since, $7 target, $8 branch, $9 sha, $10 live release,
-- $11 release, $12 exit code, $13 failure as JSON or NULL, $14 end, $15 request key.
INSERT INTO runs (project_id, kind, state, source, requested_by, requested_at, started_at, target, branch, sha,
    live_release_id, release_id, epoch, exit_code, failure, finished_at, request_key)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, 1, $12, $13,
    greatest($14, (SELECT max(known_since) + interval '1 millisecond' FROM homes WHERE project_id = $1)), $15)
ON CONFLICT (request_key) DO NOTHING
RETURNING id;

-- past_stage --
-- $1 run, $2 stage, $3 position, $4 state, $5 begin, $6 end, $7 last line, $8 result as JSON or NULL.
INSERT INTO stages (run_id, name, position, state, started_at, finished_at, last_line, result)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- past_event --
-- $1 run, $2 at, $3 kind, $4 stage or NULL, $5 data as JSON.
INSERT INTO events (run_id, at, kind, stage, data) VALUES ($1, $2, $3, $4, $5);

-- live_before --
-- $1 project.
SELECT live_release_id FROM projects WHERE id = $1;

-- live_at --
-- When it really became live. $1 release, $2 at.
UPDATE releases SET live_since = $2 WHERE id = $1;
