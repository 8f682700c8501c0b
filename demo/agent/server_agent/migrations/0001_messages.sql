-- Messages to answer. The row is the queue entry: it waits while answered_at is null.
CREATE TABLE messages (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    update_id   bigint NOT NULL UNIQUE,
    chat_id     bigint NOT NULL,
    text        text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    answer      text,
    answered_at timestamptz,
    CHECK ((answer IS NULL) = (answered_at IS NULL))
);

CREATE INDEX messages_waiting ON messages (id) WHERE answered_at IS NULL;
