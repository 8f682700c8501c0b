-- run_to_watch --
-- The newest switch of what is live, if it ended after a moment and was not put on probation yet. $1 project,
-- $2 the moment.
SELECT runs.* FROM runs JOIN projects ON projects.id = project_id
WHERE project_id = $1 AND kind IN ('deploy', 'rollback', 'rewind') AND state = 'succeeded' AND finished_at > $2
    AND release_id = projects.live_release_id
    AND NOT EXISTS (SELECT 1 FROM probations WHERE run_id >= runs.id AND probations.project_id = $1)
ORDER BY runs.id DESC LIMIT 1;

-- begin_probation --
-- Once a run; its result tells of it from now on. $1 project, $2 run, $3 release, $4 the one before, $5 from,
-- $6 until, $7 what is watched, as JSON, $8 baseline as JSON or NULL.
WITH probation AS (
    INSERT INTO probations (project_id, run_id, release_id, previous_release_id, began_at, until_at, watched, baseline)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING RETURNING *
), card AS (
    UPDATE cards SET final = false FROM probation WHERE subject = 'result' AND subject_id = run_id
)
SELECT * FROM probation;

-- watching --
-- $1 project.
SELECT * FROM probations WHERE project_id = $1 AND state = 'watching';

-- probation --
-- $1 probation.
SELECT * FROM probations WHERE id = $1;

-- probation_of_run --
-- $1 the run that is watched.
SELECT * FROM probations WHERE run_id = $1;

-- probation_of_release --
-- The newest, while it is under way or nothing is decided yet. $1 release.
SELECT * FROM probations
WHERE release_id = $1 AND (state = 'watching' OR (way IS NOT NULL AND decision IS NULL)) ORDER BY id DESC LIMIT 1;

-- probation_that_asked --
-- The one that asked for a run by itself, by the key of its request. $1 run.
SELECT probations.* FROM probations JOIN runs ON request_key = 'probation:' || probations.id
WHERE runs.id = $1 AND source = 'probation' AND way = 'revert';

-- samples --
-- $1 probation.
SELECT samples FROM probations WHERE id = $1;

-- add_sample --
-- Without news. $1 probation, $2 sample as JSON. Nothing where it has ended.
UPDATE probations SET samples = samples || jsonb_build_array($2::jsonb) WHERE id = $1 AND state = 'watching'
RETURNING id;

-- end_probation --
-- Once. $1 probation, $2 state, $3 when, $4 evidence and $5 notes as JSON, $6 figures as JSON or NULL, $7 the way
-- or NULL, $8 why it asks or NULL.
WITH probation AS (
    UPDATE probations SET state = $2, ended_at = $3, evidence = $4, notes = $5, figures = $6, way = $7, why_ask = $8
    WHERE id = $1 AND state = 'watching'
    RETURNING *
), card AS (
    UPDATE cards SET final = false FROM probation WHERE subject = 'result' AND subject_id = run_id
)
SELECT * FROM probation;

-- note_revert --
-- The run that was asked for by itself. $1 probation, $2 run.
WITH probation AS (
    UPDATE probations SET revert_run_id = $2 WHERE id = $1 AND way = 'revert' RETURNING run_id
)
UPDATE cards SET final = false FROM probation WHERE subject = 'result' AND subject_id = run_id;

-- ask_after_all --
-- It could not go back by itself. $1 probation, $2 why.
WITH probation AS (
    UPDATE probations SET way = 'ask', why_ask = $2 WHERE id = $1 AND way = 'revert' AND decision IS NULL
    RETURNING run_id
)
UPDATE cards SET final = false FROM probation WHERE subject = 'result' AND subject_id = run_id;

-- decide --
-- Once. $1 probation, $2 what, $3 who or NULL, $4 when, $5 the run that was asked for or NULL.
WITH probation AS (
    UPDATE probations SET decision = $2, decided_by = $3, decided_at = $4, revert_run_id = coalesce($5, revert_run_id)
    WHERE id = $1 AND way IS NOT NULL AND decision IS NULL
    RETURNING *
), card AS (
    UPDATE cards SET final = false FROM probation WHERE subject = 'result' AND subject_id = run_id
)
SELECT * FROM probation;

-- open_probations --
-- Those that did not pass and of which nothing was decided yet. $1 project.
SELECT * FROM probations WHERE project_id = $1 AND way IS NOT NULL AND decision IS NULL ORDER BY id;

-- last_figures --
-- Of the newest probation of a release in which something was seen. $1 release.
SELECT figures FROM probations WHERE release_id = $1 AND figures IS NOT NULL ORDER BY id DESC LIMIT 1;

-- probations_to_tell --
-- Those that ask, and those whose card does not show their end yet. $1 chat, $2 project.
SELECT id FROM probations WHERE project_id = $2 AND way = 'ask' AND decision IS NULL
UNION
SELECT subject_id FROM cards JOIN probations ON probations.id = subject_id
WHERE chat_id = $1 AND subject = 'probation' AND NOT final AND project_id = $2
ORDER BY id;
