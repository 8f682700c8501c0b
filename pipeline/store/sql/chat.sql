-- store_update --
-- A Telegram update, before it is acknowledged; the same one again changes nothing. Another one with that
-- id is new: ids begin anew with another bot, and after a quiet week. $1 update id, $2 raw JSON.
INSERT INTO inbox (update_id, raw) VALUES ($1, $2)
ON CONFLICT (update_id) DO UPDATE
    SET raw = $2, received_at = now(), handled_at = NULL, attempts = 0, problem = NULL
    WHERE inbox.raw <> EXCLUDED.raw;

-- last_update --
SELECT max(update_id) FROM inbox;

-- open_updates --
-- Those not handled yet, oldest first. $1 how many.
SELECT update_id, raw::text AS raw, attempts FROM inbox
WHERE handled_at IS NULL ORDER BY update_id LIMIT $1;

-- try_update --
-- $1 update id; gives how often it has been tried now, nothing where it is handled already.
UPDATE inbox SET attempts = attempts + 1 WHERE update_id = $1 AND handled_at IS NULL RETURNING attempts;

-- close_update --
-- $1 update id, $2 what went wrong or NULL.
UPDATE inbox SET handled_at = now(), problem = $2 WHERE update_id = $1;

-- add_push --
-- A commit seen on the watched branch, once. $1 project, $2 branch, $3 sha, $4 commits as JSON.
INSERT INTO pushes (project_id, branch, sha, commits) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING *;

-- supersede_pushes --
-- Older ones still unanswered. $1 project, $2 branch, $3 the newest push.
UPDATE pushes SET state = 'superseded', answered_at = now()
WHERE project_id = $1 AND branch = $2 AND id < $3 AND state = 'seen';

-- push --
-- $1 push.
SELECT * FROM pushes WHERE id = $1;

-- answer_push --
-- Works once. $1 push, $2 deployed or skipped, $3 the run or NULL.
UPDATE pushes SET state = $2, answered_at = now(), run_id = $3 WHERE id = $1 AND state = 'seen' RETURNING *;

-- newest_push --
-- $1 project, $2 branch.
SELECT * FROM pushes WHERE project_id = $1 AND branch = $2 ORDER BY id DESC LIMIT 1;

-- pushes_to_tell --
-- Pushes whose card is not there yet or not final. $1 chat.
SELECT pushes.* FROM pushes
LEFT JOIN cards ON subject = 'push' AND subject_id = pushes.id AND chat_id = $1
WHERE (cards.id IS NULL AND pushes.state = 'seen') OR NOT cards.final
ORDER BY pushes.id;

-- runs_to_tell --
-- Runs whose card is not there yet or not final; a chat new to the journal is not told yesterday's. $1 chat.
SELECT runs.id FROM runs
LEFT JOIN cards ON subject = 'run' AND subject_id = runs.id AND chat_id = $1
WHERE (cards.id IS NULL AND runs.requested_at > now() - interval '1 day') OR NOT cards.final
ORDER BY runs.id;

-- results_to_tell --
-- Runs that ended and whose result has not been sent; a chat new to the journal is not told yesterday's.
-- $1 chat.
SELECT runs.id FROM runs
LEFT JOIN cards ON subject = 'result' AND subject_id = runs.id AND chat_id = $1
WHERE runs.finished_at > now() - interval '1 day' AND (cards.id IS NULL OR NOT cards.final)
ORDER BY runs.id;

-- card --
-- $1 subject, $2 its id, $3 chat.
SELECT * FROM cards WHERE subject = $1 AND subject_id = $2 AND chat_id = $3;

-- show_card --
-- $1 subject, $2 its id, $3 chat, $4 message, $5 what it shows, $6 final.
INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (subject, subject_id, chat_id) DO UPDATE
    SET message_id = $4, shown = $5, final = $6, updated_at = now();

-- audit --
-- $1 who, $2 what, $3 detail as JSON.
INSERT INTO audit (actor, action, detail) VALUES ($1, $2, $3);
