-- settle_forge --
-- Which repository is told. $1 project, $2 repository.
INSERT INTO forges (project_id, repository) VALUES ($1, $2)
ON CONFLICT (project_id) DO UPDATE SET repository = $2, since = now() WHERE forges.repository <> $2;

-- reports_to_tell --
-- Runs that stand otherwise than was told, the oldest first; of the newest ones, and none that was asked for before
-- the repository was known. $1 project, $2 'status' or 'deployment', $3 asked for since, $4 how many are looked at.
SELECT stands.id, standing, taken_back, report.deployment_id,
    CASE WHEN report.tried = standing THEN report.attempts ELSE 0 END AS attempts
FROM (
    SELECT newest.*, CASE WHEN taken_back THEN 'taken_back' ELSE state END
        || CASE WHEN switching_at IS NULL THEN '' ELSE ' switched' END AS standing
    FROM (
        SELECT id, kind, state, sha, switching_at, requested_at, EXISTS (
            SELECT 1 FROM probations JOIN runs back ON back.id = revert_run_id
            WHERE run_id = runs.id AND back.state = 'succeeded'
        ) AS taken_back
        FROM runs WHERE project_id = $1 ORDER BY id DESC LIMIT $4
    ) newest
    WHERE kind IN ('deploy', 'rollback', 'rewind') AND state <> 'requested' AND sha IS NOT NULL
        AND ($2 = 'status' OR switching_at IS NOT NULL)
        AND requested_at >= $3 AND requested_at >= (SELECT since FROM forges WHERE project_id = $1)
) stands
LEFT JOIN LATERAL (
    SELECT * FROM forge_reports WHERE run_id = stands.id AND what = $2 LIMIT 1
) report ON true
WHERE report.told IS DISTINCT FROM standing
ORDER BY stands.id;

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
