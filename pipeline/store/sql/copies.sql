-- next_to_copy --
-- The newest good backup that has no copy yet, but for some; none while a run is active. $1 project, $2 backups
-- that are left out.
SELECT * FROM backups
WHERE project_id = $1 AND copied_at IS NULL AND pruned_at IS NULL AND quarantined_at IS NULL
    AND id <> ALL ($2)
    AND NOT EXISTS (
        SELECT 1 FROM runs
        WHERE runs.project_id = $1 AND state IN ('requested', 'running', 'awaiting', 'reverting')
    )
ORDER BY created_at DESC, id DESC LIMIT 1;

-- copied --
-- A whole copy was found; with that the trouble is over. $1 project, $2 backup.
WITH copied AS (
    UPDATE backups SET copied_at = now(), copy_problem = NULL WHERE project_id = $1 AND id = $2
)
UPDATE copy_troubles SET over_at = now()
WHERE project_id = $1 AND over_at IS NULL AND (NOT of_file OR backup_id = $2);

-- not_copied --
-- Gives nothing where its files were given up meanwhile. $1 project, $2 backup, $3 why.
UPDATE backups SET copy_problem = $3 WHERE project_id = $1 AND id = $2 AND pruned_at IS NULL RETURNING id;

-- copy_trouble_begins --
-- Unless it has begun already. $1 project, $2 backup, $3 whether the backup itself is at fault, $4 what happened,
-- $5 advice.
INSERT INTO copy_troubles (project_id, backup_id, of_file, problem, advice) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- copy_trouble --
-- $1 trouble.
SELECT * FROM copy_troubles WHERE id = $1;

-- copy_troubles_to_tell --
-- Those that were not over when the chat came to be the home, and whose card does not show their end yet.
-- $1 chat, $2 project.
SELECT id FROM copy_troubles
WHERE project_id = $2
    AND coalesce(over_at, 'infinity') > (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $2)
    AND (
        SELECT final FROM cards WHERE subject = 'copies' AND subject_id = copy_troubles.id AND chat_id = $1
    ) IS NOT TRUE
ORDER BY id;

-- keep_for_chat --
-- A backup's file for the chat; none waits there longer than the newest. $1 run, $2 its epoch, $3 content.
WITH kept AS (
    SELECT backups.id FROM backups JOIN runs ON runs.id = backups.run_id WHERE runs.id = $1 AND runs.epoch = $2
), older AS (
    DELETE FROM chat_files USING kept, backups mine, backups other
    WHERE mine.id = kept.id AND other.project_id = mine.project_id AND other.id <> mine.id
        AND chat_files.backup_id = other.id
)
INSERT INTO chat_files (backup_id, content) SELECT id, $3 FROM kept
ON CONFLICT (backup_id) DO UPDATE SET content = EXCLUDED.content, stored_at = now()
RETURNING backup_id;

-- waiting_for_chat --
-- The newest backup whose file waits for the chat; none while a run is active, whose cards come first.
-- $1 project.
SELECT backups.* FROM backups JOIN chat_files ON backup_id = backups.id
WHERE project_id = $1
    AND NOT EXISTS (
        SELECT 1 FROM runs
        WHERE runs.project_id = $1 AND state IN ('requested', 'running', 'awaiting', 'reverting')
    )
ORDER BY backups.id DESC LIMIT 1;

-- chat_file --
-- $1 backup.
SELECT content FROM chat_files WHERE backup_id = $1;

-- drop_chat_file --
-- $1 backup.
DELETE FROM chat_files WHERE backup_id = $1;
