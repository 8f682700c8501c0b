-- Who carries a project's runs out, renewed while it lives. The lock itself is elsewhere (pipeline/engine/lock.py):
-- this row tells people who holds it, and a holder elsewhere for how long the one before may still act.
CREATE TABLE executors (
    project text PRIMARY KEY,
    lock_id text NOT NULL,
    name    text NOT NULL,
    host    text NOT NULL,
    pid     int NOT NULL,
    since   timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN executors.lock_id IS 'Which lock file the holder has: two with the same one cannot both live';

-- What a worker found on resuming a run and cannot decide; silence chooses the fallback.
CREATE TABLE questions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id      bigint NOT NULL REFERENCES runs,
    stage       text NOT NULL,
    what        text NOT NULL,
    options     jsonb NOT NULL,
    fallback    text NOT NULL,
    nonce       text NOT NULL UNIQUE,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    answer      text CHECK (answer IN ('again', 'on', 'back', 'leave')),
    answered_by text,
    answered_at timestamptz
);
CREATE UNIQUE INDEX questions_one_open ON questions (run_id) WHERE answer IS NULL;
CREATE INDEX questions_of_run ON questions (run_id, id DESC);

-- Since when a chat is told of runs: what ended before is not news to it, what ended after is never dropped.
CREATE TABLE chats (
    chat_id     bigint PRIMARY KEY,
    known_since timestamptz NOT NULL DEFAULT now()
);
INSERT INTO chats (chat_id, known_since)
SELECT chat_id, min(updated_at) - interval '1 day' FROM cards GROUP BY chat_id;

ALTER TABLE cards DROP CONSTRAINT cards_subject_check;
ALTER TABLE cards ADD CONSTRAINT cards_subject_check
    CHECK (subject IN ('run', 'plan', 'result', 'push', 'question'));
