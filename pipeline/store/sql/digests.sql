-- make_digest --
-- One a moment, of the time since the one before. $1 project, $2 moment, $3 since when where it is the first.
INSERT INTO digests (project_id, moment, since)
SELECT $1, $2, coalesce((SELECT max(moment) FROM digests WHERE project_id = $1 AND moment < $2), $3)
ON CONFLICT (project_id, moment) DO NOTHING;

-- digest --
-- $1 digest.
SELECT id, project_id, moment, since FROM digests WHERE id = $1;

-- newest_digest --
-- $1 project.
SELECT id, project_id, moment, since FROM digests WHERE project_id = $1 ORDER BY moment DESC LIMIT 1;

-- digests_to_tell --
-- Those made since the chat is the home and not told there. $1 chat, $2 project.
SELECT id FROM digests
WHERE project_id = $2 AND made_at > (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $2)
    AND (SELECT final FROM cards WHERE subject = 'digest' AND subject_id = digests.id AND chat_id = $1) IS NOT TRUE
ORDER BY id;

-- unpictured_digest --
-- The newest one, if it was told and its picture was not sent. $1 project, $2 chat.
SELECT digests.id, project_id, moment, since, message_id
FROM digests JOIN cards ON subject = 'digest' AND subject_id = digests.id AND chat_id = $2 AND final
WHERE project_id = $1 AND pictured_at IS NULL AND digests.id = (SELECT max(id) FROM digests WHERE project_id = $1);

-- picture_digest --
-- Works once. $1 digest.
UPDATE digests SET pictured_at = now() WHERE id = $1 AND pictured_at IS NULL RETURNING id;

-- runs_ended --
-- How many runs ended how, of each kind. $1 project, $2 after, $3 until.
SELECT kind, state, count(*) AS count FROM runs
WHERE project_id = $1 AND finished_at > $2 AND finished_at <= $3 GROUP BY kind, state ORDER BY kind, state;

-- runs_ended_badly --
-- Newest first. $1 project, $2 after, $3 until, $4 how many.
SELECT id, kind, state, sha, failure ->> 'stage' AS stage, finished_at FROM runs
WHERE project_id = $1 AND finished_at > $2 AND finished_at <= $3 AND state IN ('failed', 'reverted', 'broken')
ORDER BY id DESC LIMIT $4;

-- commits_deployed --
-- Newest first. $1 project, $2 after, $3 until, $4 how many.
SELECT sha FROM runs
WHERE project_id = $1 AND finished_at > $2 AND finished_at <= $3 AND kind = 'deploy' AND state = 'succeeded'
    AND sha IS NOT NULL
ORDER BY id DESC LIMIT $4;

-- alerts_lasted --
-- How many there were, and the longest of them. $1 project, $2 after, $3 until.
SELECT count(*) OVER () AS count, count(*) FILTER (WHERE severity = 'critical') OVER () AS critical,
    problem ->> 'title' AS title, least(coalesce(over_at, $3), $3) - began_at AS lasted
FROM alerts WHERE project_id = $1 AND began_at <= $3 AND (over_at IS NULL OR over_at > $2)
ORDER BY lasted DESC, id LIMIT 1;

-- backups_made --
-- How many good ones, and the size of the newest good one from before. $1 project, $2 after, $3 until.
SELECT count(*) AS made, (
    SELECT bytes FROM backups WHERE project_id = $1 AND created_at <= $2 AND quarantined_at IS NULL
    ORDER BY id DESC LIMIT 1
) AS bytes_before
FROM backups WHERE project_id = $1 AND created_at > $2 AND created_at <= $3 AND quarantined_at IS NULL;

-- backups_in_quarantine --
-- Whose files are kept. $1 project.
SELECT count(*) FROM backups WHERE project_id = $1 AND quarantined_at IS NOT NULL AND pruned_at IS NULL;
