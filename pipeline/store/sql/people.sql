-- home --
-- The chat that was the home of a project last. $1 project.
SELECT chat_id FROM homes WHERE project_id = $1 ORDER BY home_since DESC LIMIT 1;

-- inherit_chat --
-- What the old home was owed is owed to the new one from now on, and what it was told is not told again.
-- $1 old chat, $2 new chat, $3 project.
WITH known AS (
    INSERT INTO homes (project_id, chat_id, known_since)
    SELECT $3, $2, known_since FROM homes WHERE chat_id = $1 AND project_id = $3
    ON CONFLICT (project_id, chat_id) DO UPDATE SET known_since = EXCLUDED.known_since
)
INSERT INTO cards (subject, subject_id, chat_id, shown, final)
SELECT subject, subject_id, $2, shown, true FROM cards WHERE chat_id = $1 AND final
ON CONFLICT (subject, subject_id, chat_id) DO UPDATE SET final = true, updated_at = now()
    WHERE cards.message_id IS NULL;

-- settle --
-- $1 project, $2 chat.
INSERT INTO homes (project_id, chat_id, home_since) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (project_id, chat_id) DO UPDATE SET home_since = clock_timestamp();

-- projects_at --
-- Those whose home the chat is. $1 chat.
SELECT project_id FROM (
    SELECT DISTINCT ON (project_id) project_id, chat_id FROM homes ORDER BY project_id, home_since DESC
) home WHERE chat_id = $1;

-- move_chat --
-- A group has become a supergroup. Nothing where that is known. $1 old id, $2 new id.
INSERT INTO moved_chats (old_id, new_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING old_id;

-- moved_chats --
SELECT old_id, new_id FROM moved_chats;

-- untold_moves --
-- Those that nobody was told of, oldest first.
SELECT old_id, new_id FROM moved_chats WHERE told_at IS NULL ORDER BY moved_at, old_id;

-- tell_move --
-- $1 old id.
UPDATE moved_chats SET told_at = now() WHERE old_id = $1;

-- lock_codes --
-- One code is judged at a time.
LOCK TABLE wrong_codes IN SHARE ROW EXCLUSIVE MODE;

-- wrong_codes --
-- Those not longer ago than that, oldest first. $1 since.
SELECT at FROM wrong_codes WHERE at > $1 ORDER BY at;

-- wrong_code --
-- $1 when, $2 user.
INSERT INTO wrong_codes (at, user_id) VALUES ($1, $2);

-- use_code --
-- Works once; again only for the same run and person, for a command may be handled twice.
-- $1 step, $2 run, $3 user.
INSERT INTO used_codes (step, run_id, user_id) VALUES ($1, $2, $3)
ON CONFLICT (step) DO UPDATE SET used_at = used_codes.used_at
    WHERE used_codes.run_id = EXCLUDED.run_id AND used_codes.user_id = EXCLUDED.user_id
RETURNING step;

-- forget_codes --
-- What is older than a day can neither work nor count any more. $1 now.
WITH used AS (DELETE FROM used_codes WHERE used_at < $1::timestamptz - interval '1 day')
DELETE FROM wrong_codes WHERE at < $1::timestamptz - interval '1 day';
