-- begin_process --
-- A process has started. $1 process, $2 its host, $3 its version, $4 the commit of its image or NULL.
INSERT INTO processes (process, host, version, revision) VALUES ($1, $2, $3, $4)
ON CONFLICT (process, host) DO UPDATE
    SET version = $3, revision = $4, started_at = now(), told_at = now(), polled_at = NULL, shut = NULL, ill = '{}';

-- forget_processes --
-- Others of its kind that have told nothing for a month. $1 process, $2 its host.
DELETE FROM processes WHERE process = $1 AND host <> $2 AND told_at < now() - interval '30 days';

-- tell_process --
-- How a bot is; gives its host where the journal knows it. It does not wait for the disk: it is told again soon.
-- $1 process, $2 its host, $3 whether Telegram has answered getUpdates since it last told, $4 why the home chat
-- takes no messages or NULL, $5 what is not well as JSON.
UPDATE processes SET told_at = now(), polled_at = CASE WHEN $3 THEN now() ELSE polled_at END, shut = $4, ill = $5
FROM set_config('synchronous_commit', 'off', true)
WHERE process = $1 AND host = $2
RETURNING host;

-- processes --
-- All that told of themselves, the newest start first.
SELECT process, host, version, revision, started_at, told_at, polled_at, shut, ill FROM processes
ORDER BY started_at DESC;

-- observers --
-- Hosts of the workers that saw production last, one for each project.
SELECT DISTINCT data->>'worker' AS host FROM observations;
