-- begin_pause --
-- Nothing where one is open already. $1 project, $2 who, $3 why or NULL.
INSERT INTO pauses (project_id, began_by, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING *;

-- end_pause --
-- Nothing where none is open. $1 project, $2 who.
UPDATE pauses SET ended_at = now(), ended_by = $2 WHERE project_id = $1 AND ended_at IS NULL RETURNING *;

-- open_pause --
-- $1 project.
SELECT * FROM pauses WHERE project_id = $1 AND ended_at IS NULL;

-- rests --
-- Whether what would begin by itself at a moment is left out. $1 project, $2 moment.
SELECT EXISTS (
    SELECT 1 FROM pauses
    WHERE project_id = $1 AND (ended_at IS NULL OR (began_at <= $2 AND ended_at > $2))
);
