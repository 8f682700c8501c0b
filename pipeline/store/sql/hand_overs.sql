-- begin_hand_over --
-- Before its containers are made; begun again, those of the first time count as not heard of.
-- $1 run, $2 epoch, $3 containers as JSON, $4 their label, $5 the schema's number, $6 the code's.
INSERT INTO hand_overs (run_id, one_offs, asked, schema_before, code_before)
SELECT id, $3, $4, $5, $6 FROM runs WHERE id = $1 AND epoch = $2
ON CONFLICT (run_id) DO UPDATE SET one_offs = $3, asked = $4, code_before = $6, ready = '{}', deaths = 0
RETURNING run_id;

-- hand_over --
-- With what is to be known of its run. $1 run.
SELECT hand_overs.*, runs.finished_at IS NOT NULL AS ended,
    EXISTS (SELECT FROM stages WHERE stages.run_id = runs.id AND name = 'smoke' AND stages.state = 'succeeded')
        AS proven,
    coalesce((SELECT max(id) FROM events WHERE events.run_id = runs.id), 0) AS moved
FROM hand_overs JOIN runs ON runs.id = run_id WHERE run_id = $1;

-- handed_over --
-- The active run of a project that somebody else than its worker carries. $1 project.
SELECT run_id FROM hand_overs JOIN runs ON runs.id = run_id
WHERE project_id = $1 AND finished_at IS NULL AND carrier <> 'worker';

-- newest_hand_over --
-- The newest run of a project that was handed over, ended or not. $1 project.
SELECT max(run_id) FROM hand_overs JOIN runs ON runs.id = run_id WHERE project_id = $1;

-- ready --
-- $1 run, $2 carrier.
UPDATE hand_overs SET ready = array_append(ready, $2) WHERE run_id = $1 AND NOT $2 = ANY (ready);

-- hand_over_run --
-- The worker lets go: from now on the run touches production and is the hand-over's. Nothing where it was
-- cancelled or another executor has it. One at a time with those that cross over. $1 run, $2 epoch.
WITH run AS (
    UPDATE runs SET switching_at = coalesce(switching_at, now()), epoch = epoch + 1
    WHERE id = $1 AND epoch = $2 AND cancelled_at IS NULL AND finished_at IS NULL
    RETURNING id
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT id, 'handed_over', 'hand-over' FROM run
)
UPDATE hand_overs SET carrier = 'hand-over', handed_at = now() FROM run WHERE run_id = run.id
RETURNING run_id;

-- take_back --
-- The run goes back, and is the guard's. What it was at has failed; the container that is left to watch over the
-- guard is made of the same image from now on. Nothing where it was taken back before.
-- $1 run, $2 failure as JSON, $3 epoch, or NULL for the guard, who takes it from whoever has it.
WITH run AS (
    UPDATE runs SET state = 'reverting', epoch = epoch + 1
    WHERE id = $1 AND finished_at IS NULL AND epoch = coalesce($3, epoch)
        AND EXISTS (SELECT FROM hand_overs WHERE run_id = $1 AND carrier = 'hand-over')
    RETURNING id
), stage AS (
    UPDATE stages SET state = 'failed', finished_at = now() FROM run
    WHERE stages.run_id = run.id AND stages.state = 'running'
), event AS (
    INSERT INTO events (run_id, kind) SELECT id, 'reverting' FROM run
)
UPDATE hand_overs SET carrier = 'guard', failure = $2,
    one_offs = one_offs || jsonb_build_object('hand-over', one_offs -> 'guard')
FROM run WHERE run_id = run.id
RETURNING run_id;

-- end_broken --
-- The way back cannot even begin; as `finish_run` and `close_stages`, from a schema that this code does not know.
-- $1 run, $2 failure as JSON, $3 exit code.
WITH run AS (
    UPDATE runs SET state = 'broken', exit_code = $3, failure = $2, finished_at = now(), epoch = epoch + 1
    WHERE id = $1 AND finished_at IS NULL
    RETURNING id
), stage AS (
    UPDATE stages SET state = 'skipped', finished_at = CASE stages.state WHEN 'running' THEN now() END FROM run
    WHERE stages.run_id = run.id AND stages.state IN ('pending', 'running')
)
INSERT INTO events (run_id, kind, data)
SELECT id, 'finished', jsonb_build_object('state', 'broken', 'exit_code', $3::int) FROM run;

-- end_by_worker --
-- The worker ends a run whose new pair has proved itself. $1 run.
UPDATE hand_overs SET carrier = 'worker' WHERE run_id = $1 AND carrier = 'hand-over' RETURNING run_id;

-- called_off_by --
-- $1 run.
SELECT cancelled_by FROM runs WHERE id = $1;

-- died --
-- The hand-over is about to be started again. $1 run.
UPDATE hand_overs SET deaths = deaths + 1 WHERE run_id = $1;

-- switching_elsewhere --
-- Runs of other projects that touch production now. One that nobody carries, for its project is not served,
-- cannot be cut. $1 run, $2 within how many seconds an executor that lives was heard of.
SELECT runs.id, runs.kind, projects.name AS project
FROM runs JOIN projects ON projects.id = project_id JOIN executors ON executors.project = projects.name
WHERE project_id <> (SELECT project_id FROM runs WHERE id = $1)
    AND finished_at IS NULL AND switching_at IS NOT NULL AND seen_at > now() - make_interval(secs => $2)
ORDER BY runs.id;

-- schema_number --
-- Of the newest migration that was carried out.
SELECT max(version) FROM schema_migrations;
