-- How an answer reaches its chat. Answers given before this was known are not sent again.
ALTER TABLE messages
    ADD COLUMN delivery text CHECK (delivery IN ('unwanted', 'waiting', 'sent', 'refused')),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN try_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN refused_because text;

UPDATE messages SET delivery = 'unwanted' WHERE answered_at IS NOT NULL;

CREATE INDEX messages_to_send ON messages (try_at) WHERE delivery = 'waiting';
