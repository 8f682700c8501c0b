-- changes --
-- Runs that touched production and ended since a moment, the oldest first; of deploys that went live later than
-- another moment, the commits with their times. $1 project, $2 since when, $3 since when with commits.
SELECT runs.id AS run, kind, runs.state, source, coalesce(switching_at, runs.started_at, requested_at) AS began_at,
    runs.finished_at AS ended_at, live_release_id, release_id,
    CASE WHEN runs.finished_at >= $3 THEN jsonb_build_object(
        'shas', jsonb_path_query_array(result, '$.commits[*].sha'), 'at', result -> 'committed_at',
        'unrelated', result -> 'unrelated'
    ) END AS commits
FROM runs LEFT JOIN stages ON run_id = runs.id AND name = 'pull' AND kind = 'deploy'
WHERE project_id = $1 AND runs.finished_at >= $2 AND kind IN ('deploy', 'rollback', 'rewind', 'restore')
    AND runs.state IN ('succeeded', 'reverted', 'broken')
ORDER BY runs.finished_at, runs.id;

-- troubles --
-- Critical alerts that were open at some time since. $1 project, $2 since when.
SELECT began_at, over_at FROM alerts
WHERE project_id = $1 AND severity = 'critical' AND (over_at IS NULL OR over_at >= $2) ORDER BY began_at, id;

-- first_run --
-- When the first run was asked for. $1 project.
SELECT requested_at FROM runs WHERE project_id = $1 ORDER BY requested_at, id LIMIT 1;

-- deploys --
-- The newest deploys that went live since, the oldest first, with the seconds of their stages. $1 project,
-- $2 since when, $3 how many.
WITH deploy AS (
    SELECT id, finished_at FROM runs
    WHERE project_id = $1 AND kind = 'deploy' AND state = 'succeeded' AND finished_at >= $2
    ORDER BY id DESC LIMIT $3
)
SELECT deploy.finished_at AS at,
    jsonb_object_agg(name, extract(epoch FROM stages.finished_at - stages.started_at)) AS seconds,
    extract(epoch FROM max(stages.finished_at) FILTER (WHERE name = 'wait')
        - min(stages.started_at) FILTER (WHERE name = 'stop'))::float8 AS down,
    max((result ->> 'tests')::int) FILTER (WHERE name = 'test' AND result -> 'ran' = 'true') AS tests,
    max((result ->> 'coverage')::float8) FILTER (WHERE name = 'test' AND result -> 'ran' = 'true') AS coverage
FROM deploy JOIN stages ON run_id = deploy.id
WHERE stages.state = 'succeeded' AND stages.started_at IS NOT NULL AND stages.finished_at IS NOT NULL
GROUP BY deploy.id, deploy.finished_at ORDER BY deploy.finished_at, deploy.id;

-- backup_sizes --
-- The newest backups since, the oldest first; those whose files are gone, too. $1 project, $2 since when,
-- $3 how many.
WITH backup AS (
    SELECT id, created_at AS at, bytes FROM backups
    WHERE project_id = $1 AND created_at >= $2 AND quarantined_at IS NULL ORDER BY id DESC LIMIT $3
)
SELECT at, bytes FROM backup ORDER BY id;
