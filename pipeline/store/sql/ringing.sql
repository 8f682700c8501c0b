-- alerts_stir --
-- Whether there may be anything to tell of alerts. $1 chat, $2 since when one that is over may have ended,
-- $3 project.
SELECT EXISTS (SELECT 1 FROM alerts WHERE project_id = $3 AND (over_at IS NULL OR over_at > $2))
    OR EXISTS (SELECT 1 FROM cards WHERE chat_id = $1 AND subject IN ('alert', 'nudge', 'storm') AND NOT final);

-- untold_alerts --
-- Those without a place in the chat, critical ones first; over ones only if not long over. $1 since when.
SELECT id, project_id, severity = 'critical' AND over_at IS NULL AS critical FROM alerts
WHERE told_at IS NULL AND (over_at IS NULL OR over_at > $1)
ORDER BY project_id, severity = 'critical' DESC, id;

-- told_lately --
-- $1 project, $2 a minute ago, $3 an hour ago.
SELECT count(*) FILTER (WHERE told_at > $2) AS lately, count(*) FILTER (WHERE storm_id IS NULL) AS own
FROM alerts WHERE project_id = $1 AND told_at > $3;

-- place_alerts --
-- A place in the chat: a card of their own, or in that of a storm. $1 alerts, $2 when, $3 storm or NULL.
UPDATE alerts SET told_at = $2, storm_id = $3 WHERE id = ANY ($1::bigint[]) AND told_at IS NULL;

-- storm_goes_on --
-- The newest, unless it is over. $1 project, $2 when, $3 since when it may not have been over.
UPDATE storms SET last_at = $2
WHERE id = (SELECT id FROM storms WHERE project_id = $1 AND last_at > $3 ORDER BY id DESC LIMIT 1)
RETURNING id;

-- storm_begins --
-- $1 project, $2 when, $3 whether a problem of it is critical.
INSERT INTO storms (project_id, began_at, last_at, critical) VALUES ($1, $2, $2, $3) RETURNING id;

-- alerts_to_tell --
-- With a card of their own: those that last, and those whose card does not show their end yet. $1 chat, $2 since when
-- one that is over may have ended, $3 project.
SELECT id FROM alerts
WHERE project_id = $3 AND told_at IS NOT NULL AND storm_id IS NULL AND (
    over_at IS NULL OR (
        over_at > greatest($2, (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $3)) AND (
            SELECT final FROM cards WHERE subject = 'alert' AND subject_id = alerts.id AND chat_id = $1
        ) IS NOT TRUE
    )
)
UNION
SELECT subject_id FROM cards JOIN alerts ON alerts.id = subject_id
WHERE chat_id = $1 AND subject = 'alert' AND NOT final AND project_id = $3
ORDER BY id;

-- storms_to_tell --
-- Those of which something lasts, and those whose card does not show their end yet. $1 chat, $2 since when one that
-- is over may have had its last problem, $3 project.
SELECT storm_id AS id FROM alerts WHERE project_id = $3 AND storm_id IS NOT NULL AND over_at IS NULL
UNION
SELECT id FROM storms
WHERE project_id = $3
    AND last_at > greatest($2, (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $3))
    AND (SELECT final FROM cards WHERE subject = 'storm' AND subject_id = storms.id AND chat_id = $1) IS NOT TRUE
UNION
SELECT subject_id FROM cards JOIN storms ON storms.id = subject_id
WHERE chat_id = $1 AND subject = 'storm' AND NOT final AND project_id = $3
ORDER BY id;

-- storm --
-- $1 storm, $2 now.
SELECT storms.id, storms.project_id, storms.began_at, storms.last_at, count(*) AS total,
    CASE WHEN bool_and(alerts.over_at IS NOT NULL) THEN max(alerts.over_at) END AS over_at,
    count(*) FILTER (WHERE alerts.over_at IS NULL) AS open,
    count(*) FILTER (WHERE alerts.over_at IS NULL AND severity = 'critical') AS critical,
    count(*) FILTER (WHERE alerts.over_at IS NULL AND acknowledged_at IS NULL
        AND coalesce(snoozed_until, '-infinity') <= $2) AS unattended
FROM storms JOIN alerts ON storm_id = storms.id WHERE storms.id = $1 GROUP BY storms.id;

-- worst_of_storm --
-- What lasts first, of that critical ones first, then the oldest. $1 storm, $2 how many.
SELECT * FROM alerts WHERE storm_id = $1
ORDER BY over_at IS NOT NULL, severity = 'critical' DESC, id LIMIT $2;

-- acknowledge_storm --
-- Those of its problems that last. $1 storm, $2 who, $3 when.
UPDATE alerts SET acknowledged_at = $3, acknowledged_by = $2
WHERE storm_id = $1 AND over_at IS NULL AND acknowledged_at IS NULL RETURNING id;

-- remind_of_alerts --
-- Of each with a card of its own that lasts, unless Master sees to it or was told since. $1 when, $2 since when he may
-- not have been told, $3 whether the hours are quiet, in which warnings wait.
INSERT INTO nudges (alert_id, why, made_at)
SELECT id, 'reminder', $1 FROM alerts
WHERE over_at IS NULL AND storm_id IS NULL AND told_at <= $2 AND acknowledged_at IS NULL
    AND coalesce(snoozed_until, '-infinity') <= $1 AND (severity = 'critical' OR NOT $3)
    AND NOT EXISTS (SELECT 1 FROM nudges WHERE alert_id = alerts.id AND made_at > $2);

-- remind_of_storms --
-- Likewise, one for all of a storm. $1 when, $2 since when he may not have been told, $3 whether the hours are quiet.
INSERT INTO nudges (storm_id, why, made_at)
SELECT id, 'reminder', $1 FROM storms
WHERE last_at <= $2
    AND EXISTS (
        SELECT 1 FROM alerts
        WHERE storm_id = storms.id AND over_at IS NULL AND acknowledged_at IS NULL
            AND coalesce(snoozed_until, '-infinity') <= $1 AND (severity = 'critical' OR NOT $3)
    )
    AND NOT EXISTS (SELECT 1 FROM nudges WHERE nudges.storm_id = storms.id AND made_at > $2);

-- nudge --
-- `stands`: no newer one is about the same, and it lasts and nobody sees to it. $1 nudge, $2 now.
SELECT nudges.*,
    NOT EXISTS (
        SELECT 1 FROM nudges newer
        WHERE newer.id > nudges.id AND (newer.alert_id = nudges.alert_id OR newer.storm_id = nudges.storm_id)
    )
    AND EXISTS (
        SELECT 1 FROM alerts
        WHERE (alerts.id = nudges.alert_id OR alerts.storm_id = nudges.storm_id)
            AND over_at IS NULL AND acknowledged_at IS NULL AND coalesce(snoozed_until, '-infinity') <= $2
    ) AS stands
FROM nudges WHERE id = $1;

-- nudges_to_tell --
-- The newest one of each alert and storm that lasts and nobody sees to, and those still in the chat. $1 chat, $2 now,
-- $3 project.
WITH unattended AS (
    SELECT id, storm_id FROM alerts
    WHERE project_id = $3 AND over_at IS NULL AND acknowledged_at IS NULL AND coalesce(snoozed_until, '-infinity') <= $2
)
SELECT max(nudges.id) AS id FROM unattended JOIN nudges ON nudges.alert_id = unattended.id GROUP BY nudges.alert_id
UNION
SELECT max(nudges.id) FROM unattended JOIN nudges USING (storm_id) GROUP BY storm_id
UNION
SELECT subject_id FROM cards JOIN nudges ON nudges.id = subject_id
LEFT JOIN alerts ON alerts.id = alert_id LEFT JOIN storms ON storms.id = nudges.storm_id
WHERE chat_id = $1 AND subject = 'nudge' AND NOT final AND coalesce(alerts.project_id, storms.project_id) = $3
ORDER BY id;
