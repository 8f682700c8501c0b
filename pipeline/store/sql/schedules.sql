-- settle_schedule --
-- As it is set now; since when it is so. $1 project, $2 schedule, $3 expression, $4 zone, $5 now.
INSERT INTO schedules (project_id, name, expression, zone, since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, name) DO UPDATE
    SET expression = $3, zone = $4,
        since = CASE WHEN (schedules.expression, schedules.zone) = ($3, $4) THEN schedules.since ELSE $5 END
RETURNING since;

-- schedules --
-- $1 project.
SELECT name, expression, zone, since FROM schedules WHERE project_id = $1;

-- pause_schedule --
-- Nothing where it rests already. $1 project, $2 schedule, $3 who.
INSERT INTO schedule_pauses (project_id, schedule, began_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING *;

-- resume_schedule --
-- Nothing where it does not rest. $1 project, $2 schedule, $3 who.
UPDATE schedule_pauses SET ended_at = now(), ended_by = $3
WHERE project_id = $1 AND schedule = $2 AND ended_at IS NULL RETURNING *;

-- resting_schedules --
-- $1 project.
SELECT * FROM schedule_pauses WHERE project_id = $1 AND ended_at IS NULL ORDER BY id;

-- schedule_rests --
-- Whether a moment of it is left out: it rests now, or did then. $1 project, $2 schedule, $3 moment.
SELECT EXISTS (
    SELECT 1 FROM schedule_pauses
    WHERE project_id = $1 AND schedule = $2 AND (ended_at IS NULL OR (began_at <= $3 AND ended_at > $3))
);

-- moment --
-- $1 project, $2 schedule, $3 moment.
SELECT * FROM moments WHERE project_id = $1 AND schedule = $2 AND moment = $3;

-- note_moment --
-- What became of it; one that was left out may still come about. $1 project, $2 schedule, $3 moment, $4 what,
-- $5 run or NULL, $6 problem or NULL.
INSERT INTO moments (project_id, schedule, moment, became, run_id, problem) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (project_id, schedule, moment) DO UPDATE SET became = $4, run_id = $5, problem = $6, noted_at = now()
    WHERE moments.became = 'left_out';

-- newest_moments --
-- Of each schedule the newest one that came. $1 project.
SELECT DISTINCT ON (schedule) * FROM moments WHERE project_id = $1 ORDER BY schedule, moment DESC;

-- newest_of_kind --
-- The newest run of a kind, whoever asked for it. $1 project, $2 kind.
SELECT id, state, coalesce(finished_at, requested_at) AS at FROM runs
WHERE project_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1;
