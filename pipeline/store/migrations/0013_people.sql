-- Several persons, and a home chat that may be a group.

ALTER TABLE runs ADD COLUMN requested_by_id bigint;
COMMENT ON COLUMN runs.requested_by_id IS 'The Telegram id of who asked in the chat; names change';

ALTER TABLE chats ADD COLUMN home_since timestamptz;
COMMENT ON COLUMN chats.home_since IS 'The newest is the home chat, where the bot speaks by itself';
UPDATE chats SET home_since = known_since;

-- Groups that became supergroups, which have other ids.
CREATE TABLE moved_chats (
    old_id   bigint PRIMARY KEY,
    new_id   bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    told_at  timestamptz
);

-- One-time codes: each works once, and wrong ones are counted.
CREATE TABLE used_codes (
    step    bigint PRIMARY KEY,
    run_id  bigint NOT NULL REFERENCES runs,
    user_id bigint NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN used_codes.step IS 'Half minutes since 1970: which code it was';

CREATE TABLE wrong_codes (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    user_id bigint NOT NULL
);
CREATE INDEX wrong_codes_recent ON wrong_codes (at);
