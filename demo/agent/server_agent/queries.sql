-- applied_versions --
-- The numbers of the migrations that the database has.
SELECT version FROM schema_migrations;

-- enqueue --
-- $1 update id, $2 chat id, $3 text. No row when the update is known already.
WITH queued AS (
    INSERT INTO messages (update_id, chat_id, text) VALUES ($1, $2, $3)
    ON CONFLICT (update_id) DO NOTHING
    RETURNING id
)
SELECT id, pg_notify('message_queued', id::text) FROM queued;

-- claim --
-- The oldest message that nobody else is answering.
SELECT id, chat_id, text FROM messages
WHERE answered_at IS NULL
ORDER BY id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- answer --
-- $1 message id, $2 answer, $3 delivery.
UPDATE messages SET answer = $2, answered_at = now(), delivery = $3 WHERE id = $1;

-- claim_delivery --
-- The oldest answer that is due to be sent.
SELECT id, chat_id, answer, attempts FROM messages
WHERE delivery = 'waiting' AND try_at <= now()
ORDER BY id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- delivered --
-- $1 message id.
UPDATE messages SET delivery = 'sent', attempts = attempts + 1 WHERE id = $1;

-- delay_delivery --
-- $1 message id, $2 seconds until the next try.
UPDATE messages SET attempts = attempts + 1, try_at = now() + make_interval(secs => $2) WHERE id = $1;

-- refuse_delivery --
-- $1 message id, $2 reason.
UPDATE messages SET delivery = 'refused', attempts = attempts + 1, refused_because = $2 WHERE id = $1;

-- stats --
-- $1 day (UTC) whose tokens count.
SELECT
    count(*) AS received,
    count(answered_at) AS answered,
    count(*) - count(answered_at) AS queued,
    (SELECT count(*) FROM cycles) AS cycles,
    (SELECT coalesce(sum(tokens), 0) FROM cycles WHERE day = $1) AS tokens_used
FROM messages;

-- tokens_used --
-- $1 day (UTC).
SELECT coalesce(sum(tokens), 0) AS used FROM cycles WHERE day = $1;

-- unread --
-- $1 how many at most. Messages that no cycle has read.
SELECT id, text FROM messages
WHERE id > (SELECT coalesce(max(last_message_id), 0) FROM cycles)
ORDER BY id
LIMIT $1;

-- record_cycle --
-- $1 day (UTC), $2 id of the last message read or 0, $3 summary, $4 tokens.
INSERT INTO cycles (day, last_message_id, summary, tokens)
VALUES ($1, greatest($2, (SELECT coalesce(max(last_message_id), 0) FROM cycles)), $3, $4);
