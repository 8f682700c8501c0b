-- begin_mute --
-- $1 project, $2 who, $3 when, $4 until when, or NULL.
INSERT INTO mutes (project_id, began_by, began_at, until) VALUES ($1, $2, $3, $4) RETURNING *;

-- end_mute --
-- The open one, also where its time is over. $1 project, $2 who, $3 when.
UPDATE mutes SET ended_at = $3, ended_by = $2 WHERE project_id = $1 AND ended_at IS NULL RETURNING *;

-- mute_in_force --
-- $1 project, $2 when.
SELECT * FROM mutes WHERE project_id = $1 AND ended_at IS NULL AND (until IS NULL OR until > $2);
