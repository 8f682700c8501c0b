-- open_alert --
-- Of one problem, locked until the transaction's end. $1 project, $2 fingerprint.
SELECT * FROM alerts WHERE project_id = $1 AND fingerprint = $2 AND over_at IS NULL FOR UPDATE;

-- alert_goes_on --
-- What Master said of a warning does not hold for what has become critical. $1 alert, $2 watcher, $3 severity,
-- $4 problem as JSON, $5 how often more it came, $6 when.
UPDATE alerts SET watcher = $2, severity = $3, problem = $4, times = times + $5,
    last_at = CASE WHEN $5 > 0 THEN $6 ELSE last_at END,
    acknowledged_at = CASE WHEN $3 = 'warning' OR severity = 'critical' THEN acknowledged_at END,
    acknowledged_by = CASE WHEN $3 = 'warning' OR severity = 'critical' THEN acknowledged_by END,
    snoozed_until = CASE WHEN $3 = 'warning' OR severity = 'critical' THEN snoozed_until END,
    snoozed_by = CASE WHEN $3 = 'warning' OR severity = 'critical' THEN snoozed_by END
WHERE id = $1;

-- alert_comes_back --
-- The newest of one problem, if it was over only since a given time. $1 project, $2 fingerprint, $3 watcher,
-- $4 severity, $5 problem as JSON, $6 how often more it came, $7 when, $8 since when it may have been over.
UPDATE alerts SET over_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL, watcher = $3, severity = $4,
    problem = $5, times = times + 1 + $6, last_at = $7,
    snoozed_until = CASE WHEN $4 = 'warning' OR severity = 'critical' THEN snoozed_until END,
    snoozed_by = CASE WHEN $4 = 'warning' OR severity = 'critical' THEN snoozed_by END
WHERE over_at >= $8 AND id = (
    SELECT id FROM alerts WHERE project_id = $1 AND fingerprint = $2 ORDER BY id DESC LIMIT 1
)
RETURNING id;

-- alert_begins --
-- $1 project, $2 fingerprint, $3 watcher, $4 severity, $5 problem as JSON, $6 how often more it came, $7 when.
INSERT INTO alerts (project_id, fingerprint, watcher, severity, problem, times, began_at, last_at)
VALUES ($1, $2, $3, $4, $5, 1 + $6, $7, $7);

-- alerts_over --
-- All of a watcher that it does not tell any more. $1 project, $2 watcher, $3 fingerprints that it tells, $4 when.
UPDATE alerts SET over_at = $4
WHERE project_id = $1 AND watcher = $2 AND over_at IS NULL AND fingerprint <> ALL ($3);

-- alert --
-- $1 alert.
SELECT * FROM alerts WHERE id = $1;

-- open_alerts --
-- Critical ones first, then the oldest. $1 project.
SELECT * FROM alerts WHERE project_id = $1 AND over_at IS NULL ORDER BY severity = 'critical' DESC, id;

-- acknowledge_alert --
-- Works once, while it lasts. $1 alert, $2 who, $3 when.
UPDATE alerts SET acknowledged_at = $3, acknowledged_by = $2
WHERE id = $1 AND over_at IS NULL AND acknowledged_at IS NULL RETURNING *;

-- snooze_alert --
-- While it lasts. $1 alert, $2 who, $3 until when.
UPDATE alerts SET snoozed_until = $3, snoozed_by = $2 WHERE id = $1 AND over_at IS NULL RETURNING *;

-- note_alert --
-- What was done about it. $1 alert, $2 what, $3 when.
UPDATE alerts SET note = $2, noted_at = $3 WHERE id = $1;

-- ended_alerts --
-- The newest that are over. $1 project, $2 since when, $3 how many.
SELECT * FROM alerts WHERE project_id = $1 AND over_at > $2 ORDER BY over_at DESC, id DESC LIMIT $3;

-- ring --
-- For a card of its own that is there already; not while it is snoozed, and not too often for one reason.
-- $1 alert, $2 why, $3 when, $4 since when it may not have rung for that.
INSERT INTO nudges (alert_id, why, made_at)
SELECT id, $2, $3 FROM alerts
WHERE id = $1 AND told_at IS NOT NULL AND storm_id IS NULL AND coalesce(snoozed_until, '-infinity') <= $3
    AND NOT EXISTS (SELECT 1 FROM nudges WHERE alert_id = $1 AND why = $2 AND made_at > $4);

-- ring_for_storm --
-- Once, when the first of its problems is critical. $1 alert, $2 when.
WITH storm AS (
    UPDATE storms SET critical = true FROM alerts
    WHERE alerts.id = $1 AND storms.id = alerts.storm_id AND NOT critical RETURNING storms.id
)
INSERT INTO nudges (storm_id, why, made_at) SELECT id, 'critical', $2 FROM storm;

-- ring_for_storm_again --
-- When it was over, and not too often. $1 alert that came back, $2 when, $3 since when it may not have rung.
INSERT INTO nudges (storm_id, why, made_at)
SELECT storm_id, 'back', $2 FROM alerts came
WHERE came.id = $1 AND storm_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM alerts other
        WHERE other.storm_id = came.storm_id AND other.id <> came.id AND other.over_at IS NULL
    )
    AND NOT EXISTS (SELECT 1 FROM nudges WHERE nudges.storm_id = came.storm_id AND made_at > $3);

-- recent_alerts --
-- Open ones first, critical ones before others, then those that were over last. $1 project, $2 how many.
SELECT * FROM alerts WHERE project_id = $1
ORDER BY over_at DESC NULLS FIRST, severity = 'critical' DESC, id DESC LIMIT $2;

-- open_problem --
-- What a watcher tells of a project, if anything. $1 name of the project, $2 watcher.
SELECT problem ->> 'what' FROM alerts JOIN projects ON projects.id = project_id
WHERE projects.name = $1 AND watcher = $2 AND over_at IS NULL ORDER BY alerts.id LIMIT 1;

-- bots --
-- Bots that are connected to this journal, by the names of their connections; and whether one ever was.
SELECT
    array(
        SELECT DISTINCT application_name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'vnext-bot %'
    ) AS here,
    EXISTS (SELECT 1 FROM homes) AS ever;

-- backups_kept --
-- Since when there are backups, when the newest usable one was made and one last proven; the newest where it is
-- in quarantine. $1 project.
SELECT
    min(created_at) AS first_at,
    max(created_at) FILTER (WHERE pruned_at IS NULL AND quarantined_at IS NULL) AS good_at,
    max(proven_at) AS proven_at,
    max(id) FILTER (WHERE quarantined_at IS NOT NULL AND id = newest) AS quarantined,
    max(problem) FILTER (WHERE quarantined_at IS NOT NULL AND id = newest) AS why
FROM (SELECT *, max(id) FILTER (WHERE pruned_at IS NULL) OVER () AS newest FROM backups WHERE project_id = $1) AS b;
