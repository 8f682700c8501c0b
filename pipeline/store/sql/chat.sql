-- store_update --
-- A Telegram update, before it is acknowledged; the same one again changes nothing. Another one with that
-- id is new: ids begin anew with another bot, and after a quiet week. $1 update id, $2 raw JSON; gives the id
-- of one that is new.
INSERT INTO inbox (update_id, raw) VALUES ($1, $2)
ON CONFLICT (update_id) DO UPDATE
    SET raw = $2, received_at = now(), handled_at = NULL, attempts = 0, problem = NULL,
        project_id = NULL
    WHERE inbox.raw <> EXCLUDED.raw
RETURNING update_id;

-- last_update --
SELECT max(update_id) FROM inbox;

-- open_updates --
-- Those not handled yet, oldest first. $1 how many.
SELECT update_id, raw::text AS raw, attempts, now() - received_at AS age FROM inbox
WHERE handled_at IS NULL ORDER BY update_id LIMIT $1;

-- take_update --
-- The oldest one that is not handled yet, counted as tried once more. Like the four below it does not wait for
-- the disk: whatever its handling writes for certain takes this along, and what PostgreSQL forgets in a crash
-- is only that an update was tried, or that it was handled, which may be done twice. $1 those under way.
UPDATE inbox SET attempts = attempts + 1
FROM set_config('synchronous_commit', 'off', true)
WHERE handled_at IS NULL AND update_id = (
    SELECT update_id FROM inbox WHERE handled_at IS NULL AND update_id <> ALL ($1::bigint[])
    ORDER BY update_id LIMIT 1
)
RETURNING update_id, raw::text AS raw, attempts, now() - received_at AS age;

-- try_update --
-- $1 update id; gives how often it has been tried now, nothing where it is handled already.
UPDATE inbox SET attempts = attempts + 1
FROM set_config('synchronous_commit', 'off', true)
WHERE update_id = $1 AND handled_at IS NULL RETURNING attempts;

-- rest_update --
-- It was handled and its answer waits: the tries so far are no sign against it, but that there was one stays
-- known, for it may have had its effect. $1 update id.
UPDATE inbox SET attempts = 1 FROM set_config('synchronous_commit', 'off', true) WHERE update_id = $1;

-- drop_update --
-- What a stranger sent is not kept. $1 update id.
DELETE FROM inbox USING set_config('synchronous_commit', 'off', true) WHERE update_id = $1;

-- close_update --
-- $1 update id, $2 what went wrong or NULL.
UPDATE inbox SET handled_at = now(), problem = $2
FROM set_config('synchronous_commit', 'off', true) WHERE update_id = $1;

-- runs_to_tell --
-- Runs that go on, or ended since the chat is their home, and whose card does not show their end yet. $1 chat,
-- $2 project.
SELECT id FROM runs WHERE project_id = $2 AND state IN ('requested', 'running', 'awaiting', 'reverting')
UNION
SELECT subject_id FROM cards JOIN runs ON runs.id = subject_id
WHERE chat_id = $1 AND subject = 'run' AND NOT final AND project_id = $2
UNION
SELECT id FROM runs
WHERE project_id = $2 AND finished_at > (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $2)
    AND (SELECT final FROM cards WHERE subject = 'run' AND subject_id = runs.id AND chat_id = $1) IS NOT TRUE
ORDER BY id;

-- results_to_tell --
-- Runs that ended since the chat is their home and whose result has not been sent, however long ago, and those
-- on probation. $1 chat, $2 project.
SELECT id FROM runs
WHERE project_id = $2 AND finished_at > (SELECT known_since FROM homes WHERE chat_id = $1 AND project_id = $2)
    AND ((SELECT final FROM cards WHERE subject = 'result' AND subject_id = runs.id AND chat_id = $1) IS NOT TRUE
        OR EXISTS (SELECT 1 FROM probations WHERE run_id = runs.id AND state = 'watching'))
ORDER BY id;

-- card --
-- $1 subject, $2 its id, $3 chat.
SELECT * FROM cards WHERE subject = $1 AND subject_id = $2 AND chat_id = $3;

-- show_card --
-- $1 subject, $2 its id, $3 chat, $4 message, $5 what it shows, $6 final, $7 the host of the bot that has just
-- sent or edited the message; NULL where it has not. That the message arrived is known from the same moment on:
-- a bot that is killed before it looks for the message, one that is killed after it knows it.
WITH arrived AS (
    INSERT INTO chats (chat_id, last_message_id) VALUES ($3, $4)
    ON CONFLICT (chat_id) DO UPDATE SET last_message_id = greatest(chats.last_message_id, $4)
)
INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final, written_by, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::text IS NOT NULL THEN now() END)
ON CONFLICT (subject, subject_id, chat_id) DO UPDATE
    SET message_id = $4, shown = $5, final = $6, updated_at = now(),
        written_by = coalesce($7, cards.written_by), written_at = coalesce(EXCLUDED.written_at, cards.written_at);

-- written_cards --
-- By whom and when the messages of a subject were written, in any chat, the newest first. $1 subject, $2 its id.
SELECT written_by, written_at FROM cards
WHERE subject = $1 AND subject_id = $2 AND written_by IS NOT NULL ORDER BY written_at DESC;

-- intend_card --
-- A message is about to be sent; its id is not known yet. $1 subject, $2 its id, $3 chat.
INSERT INTO cards (subject, subject_id, chat_id) VALUES ($1, $2, $3)
ON CONFLICT (subject, subject_id, chat_id) DO UPDATE SET message_id = NULL, shown = NULL, updated_at = now();

-- forget_card --
-- One that never arrived. $1 subject, $2 its id, $3 chat.
DELETE FROM cards WHERE subject = $1 AND subject_id = $2 AND chat_id = $3 AND message_id IS NULL;

-- note_message --
-- A message of ours has arrived. $1 chat, $2 its id.
INSERT INTO chats (chat_id, last_message_id) VALUES ($1, $2)
ON CONFLICT (chat_id) DO UPDATE SET last_message_id = greatest(chats.last_message_id, $2);

-- last_message --
-- $1 chat.
SELECT last_message_id FROM chats WHERE chat_id = $1;

-- other_bots --
-- Bots on this journal besides the one that asks, by the names of their connections.
SELECT application_name AS name, min(backend_start) AS since FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'vnext-bot %'
    AND application_name <> current_setting('application_name')
GROUP BY application_name ORDER BY since;
