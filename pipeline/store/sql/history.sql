-- past_runs --
-- The newest runs, read from an index alone. $1 project, $2 how many.
SELECT id, kind, state, exit_code, sha, branch, requested_by, requested_at, started_at, finished_at
FROM runs WHERE project_id = $1 ORDER BY requested_at DESC, id DESC LIMIT $2;

-- runs_before --
-- Newest first. $1 project, $2 run before which, or NULL, $3 how many.
SELECT id, kind, state, exit_code, sha, branch, requested_by, requested_at, started_at, finished_at
FROM runs WHERE project_id = $1 AND id < coalesce($2, 9223372036854775807) ORDER BY id DESC LIMIT $3;

-- runs_after --
-- Oldest first. $1 project, $2 run after which, $3 how many.
SELECT id, kind, state, exit_code, sha, branch, requested_by, requested_at, started_at, finished_at
FROM runs WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3;

-- newest_logged --
-- The newest run whose log is kept: one that ended badly. $1 project.
SELECT id, kind, state, exit_code, sha, branch, requested_by, requested_at, started_at, finished_at
FROM runs JOIN run_logs ON run_id = id WHERE project_id = $1 ORDER BY id DESC LIMIT 1;

-- fold_events --
-- The events of runs that ended long ago become one; tells of how many runs. $1 days, $2 how many at most.
WITH run AS (
    SELECT id FROM runs
    WHERE folded_at IS NULL AND finished_at IS NOT NULL AND finished_at < now() - make_interval(days => $1)
    ORDER BY finished_at LIMIT $2
    FOR UPDATE SKIP LOCKED
), mark AS (
    UPDATE runs SET folded_at = now() FROM run WHERE runs.id = run.id
), gone AS (
    DELETE FROM events USING run WHERE run_id = run.id RETURNING run_id, at
), event AS (
    INSERT INTO events (run_id, kind, data)
    SELECT run_id, 'folded', jsonb_build_object('events', count(*), 'first', min(at), 'last', max(at))
    FROM gone GROUP BY run_id
)
SELECT count(*) FROM run;

-- forget_updates --
-- Telegram updates handled long ago. $1 days, $2 how many at most.
DELETE FROM inbox WHERE update_id IN (
    SELECT update_id FROM inbox WHERE handled_at < now() - make_interval(days => $1)
    ORDER BY handled_at LIMIT $2
);

-- move_known_since --
-- Up to the oldest run that a home has not been told of to its end, and no nearer than a day, so that the
-- search for such runs stays short.
UPDATE homes SET known_since = greatest(known_since, least(now() - interval '1 day', (
    SELECT min(requested_at) FROM runs
    WHERE runs.project_id = homes.project_id AND (finished_at IS NULL OR finished_at > known_since)
        AND (SELECT count(*) FROM cards
            WHERE subject IN ('run', 'result') AND subject_id = runs.id AND cards.chat_id = homes.chat_id
                AND final) < 2
)));

-- ways_back_proven --
-- When a drill proved the way back from what is live now, by release; not where a later one found that it does
-- not work. $1 project.
SELECT release, at FROM (
    SELECT DISTINCT ON (runs.release_id) runs.release_id AS release, finished_at AS at, state FROM runs
    JOIN projects ON projects.id = project_id AND projects.live_release_id = runs.live_release_id
    WHERE project_id = $1 AND kind = 'rollback_drill' AND runs.release_id IS NOT NULL
        AND (state = 'succeeded' OR (exit_code = 6 AND failure ->> 'stage' = 'trial'))
    ORDER BY runs.release_id, finished_at DESC
) newest WHERE state = 'succeeded';
