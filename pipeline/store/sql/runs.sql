-- request_run --
-- A new run; $1 project, $2 kind, $3 source, $4 who, $5 target, $6 request key, $7 their Telegram id. None
-- where the key was used or another run is active.
WITH run AS (
    INSERT INTO runs (project_id, kind, source, requested_by, target, request_key, requested_by_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind) SELECT id, 'requested' FROM run
)
SELECT * FROM run;

-- run_by_key --
-- $1 request key.
SELECT * FROM runs WHERE request_key = $1;

-- project_name --
-- $1 project.
SELECT name FROM projects WHERE id = $1;

-- run --
-- $1 run.
SELECT * FROM runs WHERE id = $1;

-- asker --
-- $1 run.
SELECT requested_by_id FROM runs WHERE id = $1;

-- run_with_project --
-- $1 run.
SELECT runs.*, projects.name AS project_name FROM runs JOIN projects ON projects.id = runs.project_id
WHERE runs.id = $1;

-- active_run --
-- $1 project.
SELECT * FROM runs
WHERE project_id = $1 AND state IN ('requested', 'running', 'awaiting', 'reverting');

-- all_active_runs --
-- Of every project.
SELECT id FROM runs WHERE state IN ('requested', 'running', 'awaiting', 'reverting');

-- projects_of_runs --
-- Of those that are in the journal. $1 runs.
SELECT id, project_id FROM runs WHERE id = ANY ($1::bigint[]);

-- recent_runs --
-- $1 project, $2 how many.
SELECT * FROM runs WHERE project_id = $1 ORDER BY id DESC LIMIT $2;

-- claim_run --
-- The executor takes the run over: the epoch rises, older executors are refused. $1 run.
WITH run AS (
    UPDATE runs SET
        epoch = epoch + 1,
        state = CASE state WHEN 'requested' THEN 'running' ELSE state END,
        started_at = coalesce(started_at, now())
    WHERE id = $1 AND state IN ('requested', 'running', 'awaiting', 'reverting')
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, data) SELECT id, 'claimed', jsonb_build_object('epoch', epoch) FROM run
)
SELECT * FROM run;

-- note_run --
-- Facts that a stage found out; NULL leaves a column as it is.
-- $1 run, $2 epoch, $3 branch, $4 sha, $5 live release, $6 release.
UPDATE runs SET
    branch = coalesce($3, branch), sha = coalesce($4, sha),
    live_release_id = coalesce($5, live_release_id), release_id = coalesce($6, release_id)
WHERE id = $1 AND epoch = $2
RETURNING id;

-- move_run --
-- $1 run, $2 epoch, $3 the new active state.
WITH run AS (
    UPDATE runs SET state = $3 WHERE id = $1 AND epoch = $2 RETURNING id
), event AS (
    INSERT INTO events (run_id, kind) SELECT id, $3 FROM run
)
SELECT id FROM run;

-- finish_run --
-- A plan that still waits is void then: nobody would act on its answer. $1 run, $2 epoch, $3 final state, $4 exit
-- code, $5 failure as JSON or NULL, $6 what is said of such a plan.
WITH run AS (
    UPDATE runs SET state = $3, exit_code = $4, failure = $5, finished_at = now()
    WHERE id = $1 AND epoch = $2 AND finished_at IS NULL
    RETURNING id
), approval AS (
    UPDATE approvals SET state = 'voided', what_changed = $6
    FROM run WHERE run_id = run.id AND approvals.state = 'pending'
    RETURNING run_id
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'voided', 'approve', '{}'::jsonb FROM approval
    UNION ALL
    SELECT id, 'finished', NULL, jsonb_build_object('state', $3::text, 'exit_code', $4::int) FROM run
)
SELECT id FROM run;

-- lay_stages --
-- The road of a run, all pending; of stages already there only the place changes. $1 run, $2 epoch, $3 names in
-- order.
WITH run AS (
    SELECT id FROM runs WHERE id = $1 AND epoch = $2
), laid AS (
    INSERT INTO stages (run_id, name, position)
    SELECT run.id, name, position FROM run, unnest($3::text[]) WITH ORDINALITY AS road (name, position)
    ON CONFLICT (run_id, name) DO UPDATE SET position = EXCLUDED.position
)
SELECT id FROM run;

-- stages --
-- $1 run.
SELECT * FROM stages WHERE run_id = $1 ORDER BY position;

-- begin_stage --
-- Intent, before the stage acts. A hand-over that goes on in its container began in the worker.
-- $1 run, $2 epoch, $3 stage, $4 position if the road did not hold it.
WITH stage AS (
    INSERT INTO stages (run_id, name, position, state, started_at)
    SELECT id, $3, $4, 'running', now() FROM runs WHERE id = $1 AND epoch = $2 AND finished_at IS NULL
    ON CONFLICT (run_id, name) DO UPDATE SET state = 'running', finished_at = NULL, last_line = NULL,
        started_at = CASE WHEN stages.name = 'hand-over' AND stages.state = 'running'
            THEN stages.started_at ELSE now() END
    RETURNING run_id, name
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, 'stage_started', name FROM stage
)
SELECT run_id FROM stage;

-- tell_line --
-- Progress of a running stage, or what a pending one waits for; for the card only: no event is kept.
-- $1 run, $2 epoch, $3 stage, $4 line, $5 the state that the stage has to be in.
WITH stage AS (
    UPDATE stages SET last_line = $4
    FROM runs WHERE runs.id = run_id AND run_id = $1 AND epoch = $2 AND name = $3
        AND stages.state = $5
    RETURNING run_id
)
SELECT pg_notify('pipeline', 'run:' || run_id) FROM stage;

-- end_stage --
-- Result, after the stage acted. $1 run, $2 epoch, $3 stage, $4 state, $5 result as JSON or NULL.
WITH stage AS (
    UPDATE stages SET state = $4, finished_at = now(), result = $5
    FROM runs WHERE runs.id = run_id AND run_id = $1 AND epoch = $2 AND name = $3
    RETURNING run_id, name, stages.state
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'stage_ended', name, jsonb_build_object('state', state) FROM stage
)
SELECT run_id FROM stage;

-- mark_stage --
-- A trace of what a stage is about to do. $1 run, $2 epoch, $3 stage, $4 name and facts as JSON.
INSERT INTO events (run_id, kind, stage, data) SELECT id, 'mark', $3, $4 FROM runs WHERE id = $1 AND epoch = $2
RETURNING run_id;

-- marks_of_stage --
-- Oldest first. $1 run, $2 stage.
SELECT data FROM events WHERE run_id = $1 AND kind = 'mark' AND stage = $2 ORDER BY id;

-- close_stages --
-- What a run that ended never came to, or broke off. $1 run, $2 epoch.
UPDATE stages SET state = 'skipped',
    finished_at = CASE stages.state WHEN 'running' THEN now() END
FROM runs WHERE runs.id = run_id AND run_id = $1 AND epoch = $2 AND stages.state IN ('pending', 'running');

-- events_of_run --
-- $1 run.
SELECT * FROM events WHERE run_id = $1 ORDER BY id;

-- newest_restore --
-- The newest run that swapped the database. $1 project.
SELECT id FROM runs WHERE project_id = $1 AND kind IN ('restore', 'rewind') AND state = 'succeeded'
ORDER BY id DESC LIMIT 1;

-- restores_among --
-- Which of the runs are restores that came to a stage. $1 project, $2 runs, $3 stage.
SELECT id FROM runs WHERE project_id = $1 AND kind IN ('restore', 'rewind') AND id = ANY ($2::bigint[])
    AND EXISTS (SELECT FROM stages WHERE run_id = runs.id AND name = $3 AND started_at IS NOT NULL);

-- last_downtime --
-- Seconds from stop to healthy in the newest switch that went well. $1 project.
SELECT extract(epoch FROM waited.finished_at - stopped.started_at)::float8
FROM runs
JOIN stages stopped ON stopped.run_id = runs.id AND stopped.name = 'stop'
JOIN stages waited ON waited.run_id = runs.id AND waited.name = 'wait' AND waited.state = 'succeeded'
WHERE runs.project_id = $1 AND runs.state = 'succeeded' AND runs.kind IN ('deploy', 'rollback')
ORDER BY runs.id DESC LIMIT 1;

-- cancel_run --
-- The intent to call a run off, which the executor carries out. Nothing where it has ended, switches
-- production, or was cancelled already. $1 run, $2 who.
WITH run AS (
    UPDATE runs SET cancelled_at = now(), cancelled_by = $2
    WHERE id = $1 AND finished_at IS NULL AND switching_at IS NULL AND cancelled_at IS NULL
    RETURNING id, cancelled_at, cancelled_by
), event AS (
    INSERT INTO events (run_id, kind, data) SELECT id, 'cancelled', jsonb_build_object('by', $2::text) FROM run
), trail AS (
    INSERT INTO audit (actor, action, run_id) SELECT $2::text, 'cancel', id FROM run
)
SELECT cancelled_at, cancelled_by FROM run;

-- cancellation --
-- $1 run.
SELECT cancelled_at, cancelled_by, switching_at FROM runs WHERE id = $1;

-- cross_over --
-- The run is about to touch production; refused where it was cancelled. One at a time with hand-overs.
-- $1 run, $2 epoch.
UPDATE runs SET switching_at = coalesce(switching_at, now())
WHERE id = $1 AND epoch = $2 AND cancelled_at IS NULL
RETURNING id;
