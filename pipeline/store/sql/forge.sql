-- settle_forge --
-- Which repository is told. $1 project, $2 repository.
INSERT INTO forges (project_id, repository) VALUES ($1, $2)
ON CONFLICT (project_id) DO UPDATE SET repository = $2, since = now() WHERE forges.repository <> $2;

-- reports_to_tell --
-- Runs that stand otherwise than was told, the oldest first; the newest ones of each kind, and none that was asked
-- for before the repository was known. $1 project, $2 'status' or 'deployment', $3 asked for since, $4 how many.
SELECT id, standing, taken_back, forge_reports.deployment_id,
    CASE WHEN forge_reports.tried = standing THEN forge_reports.attempts ELSE 0 END AS attempts
FROM forges
CROSS JOIN unnest(ARRAY['deploy', 'rollback', 'rewind']) kinds (kind)
CROSS JOIN LATERAL (
    SELECT newest.id, newest.sha, newest.state, newest.switching_at, newest.requested_at, newest.taken_back,
        CASE WHEN newest.taken_back THEN 'taken_back' ELSE newest.state END
            || CASE WHEN newest.switching_at IS NULL THEN '' ELSE ' switched' END AS standing
    FROM (
        SELECT runs.*, EXISTS (
            SELECT 1 FROM probations JOIN runs back ON back.id = revert_run_id
            WHERE run_id = runs.id AND back.state = 'succeeded'
        ) AS taken_back
        FROM runs WHERE project_id = $1 AND runs.kind = kinds.kind
        ORDER BY runs.id DESC LIMIT $4
    ) newest
) stands
LEFT JOIN forge_reports ON run_id = id AND what = $2
WHERE forges.project_id = $1 AND requested_at >= greatest(since, $3)
    AND state <> 'requested' AND sha IS NOT NULL AND ($2 = 'status' OR switching_at IS NOT NULL)
    AND forge_reports.told IS DISTINCT FROM standing
ORDER BY id;

-- report_told --
-- $1 run, $2 'status' or 'deployment', $3 how the run stood, $4 whether that was given up.
INSERT INTO forge_reports (run_id, what, told, given_up) VALUES ($1, $2, $3, $4)
ON CONFLICT (run_id, what) DO UPDATE SET told = $3, given_up = $4;

-- report_tried --
-- $1 run, $2 'status' or 'deployment', $3 how the run stood.
INSERT INTO forge_reports (run_id, what, tried, attempts) VALUES ($1, $2, $3, 1)
ON CONFLICT (run_id, what) DO UPDATE SET tried = $3,
    attempts = CASE WHEN forge_reports.tried = $3 THEN forge_reports.attempts + 1 ELSE 1 END;

-- note_deployment --
-- $1 run, $2 the deployment at the forge, NULL where it is gone.
INSERT INTO forge_reports (run_id, what, deployment_id) VALUES ($1, 'deployment', $2)
ON CONFLICT (run_id, what) DO UPDATE SET deployment_id = $2;
