-- serving --
-- The project with its live and previous release. $1 project.
SELECT now() AS at, name AS project, projects.branch,
    live.id AS live_id, live.sha AS live_sha, live.branch AS live_branch, live.live_since AS live_since,
    previous.id AS previous_id, previous.sha AS previous_sha, previous.branch AS previous_branch,
    previous.live_since AS previous_since,
    (SELECT data FROM observations WHERE project_id = $1) AS seen,
    (SELECT began_at FROM pauses WHERE project_id = $1 AND ended_at IS NULL) AS paused_since
FROM projects
LEFT JOIN releases live ON live.id = live_release_id
LEFT JOIN releases previous ON previous.id = previous_release_id
WHERE projects.id = $1;

-- run_counts --
-- $1 project.
SELECT kind, state, count(*) FROM runs WHERE project_id = $1 GROUP BY kind, state;

-- last_runs --
-- The newest of each kind that has ended. $1 project, $2 kinds.
SELECT run.* FROM unnest($2::text[]) wanted (name), LATERAL (
    SELECT kind, state, finished_at AS at, finished_at - coalesce(started_at, requested_at) AS took FROM runs
    WHERE project_id = $1 AND kind = wanted.name AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1
) run;

-- waiting --
-- What waits for somebody. $1 project.
SELECT
    (SELECT count(*) FROM inbox WHERE handled_at IS NULL) AS updates,
    (SELECT received_at FROM inbox WHERE handled_at IS NULL ORDER BY update_id LIMIT 1) AS updates_since,
    (SELECT count(*) FROM approvals JOIN runs ON runs.id = run_id
        WHERE approvals.state = 'pending' AND project_id = $1 AND finished_at IS NULL) AS approvals,
    (SELECT count(*) FROM questions JOIN runs ON runs.id = run_id
        WHERE answer IS NULL AND project_id = $1 AND finished_at IS NULL) AS questions,
    (SELECT count(*) FROM pushes WHERE state = 'seen' AND project_id = $1) AS pushes;

-- owed --
-- What the home chat was not told yet: results, plans, alerts, probations that ask, and digests. $1 project.
WITH home AS (
    SELECT chat_id, known_since FROM homes WHERE project_id = $1 ORDER BY home_since DESC LIMIT 1
), shown AS (
    SELECT subject, subject_id FROM cards JOIN home USING (chat_id) WHERE cards.shown IS NOT NULL
), owed AS (
    SELECT 'result' AS subject, runs.id AS subject_id, finished_at AS since FROM runs, home
    WHERE project_id = $1 AND finished_at > known_since
    UNION ALL
    SELECT 'plan', approvals.id, approvals.requested_at FROM approvals JOIN runs ON runs.id = run_id
    WHERE approvals.state = 'pending' AND project_id = $1 AND finished_at IS NULL
    UNION ALL
    SELECT 'alert', id, began_at FROM alerts
    WHERE project_id = $1 AND over_at IS NULL AND storm_id IS NULL
    UNION ALL
    SELECT 'probation', id, ended_at FROM probations WHERE project_id = $1 AND way = 'ask' AND decision IS NULL
    UNION ALL
    SELECT 'digest', id, made_at FROM digests, home WHERE project_id = $1 AND made_at > known_since
)
SELECT count(*) AS cards, min(since) AS cards_since
FROM owed, home WHERE NOT EXISTS (
    SELECT 1 FROM shown WHERE shown.subject = owed.subject AND shown.subject_id = owed.subject_id
);

-- alert_counts --
-- Open ones. $1 project.
SELECT severity, count(*) FROM alerts WHERE project_id = $1 AND over_at IS NULL GROUP BY severity;

-- backup_counts --
-- Those whose files are kept. $1 project.
SELECT count(*), coalesce(sum(bytes), 0)::bigint AS bytes, count(quarantined_at) AS quarantined,
    count(*) FILTER (WHERE copied_at IS NULL) AS uncopied,
    (array_agg(created_at ORDER BY id DESC) FILTER (WHERE quarantined_at IS NULL))[1] AS newest_at,
    (array_agg(bytes ORDER BY id DESC) FILTER (WHERE quarantined_at IS NULL))[1] AS newest_bytes,
    max(proven_at) FILTER (WHERE quarantined_at IS NULL) AS proven_at
FROM backups WHERE project_id = $1 AND pruned_at IS NULL;

-- stage_times --
-- How long stages of runs that ended took: how many, by how many of the bounds are shorter. $1 project, $2 bounds
-- in seconds.
SELECT name, (SELECT count(*) FROM unnest($2::float8[]) bound WHERE bound < seconds)::int AS longer_than,
    count(*), sum(seconds)::float8 AS seconds
FROM (
    SELECT name, extract(epoch FROM stages.finished_at - stages.started_at)::float8 AS seconds
    FROM stages JOIN runs ON runs.id = run_id
    WHERE project_id = $1 AND stages.state = 'succeeded' AND runs.finished_at IS NOT NULL
        AND stages.finished_at >= stages.started_at
) stage
GROUP BY name, longer_than;
