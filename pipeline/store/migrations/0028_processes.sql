-- works with: 0025

-- What runs on this journal, as each process tells it of itself. `host` is the name of its machine or container.
-- Of a bot: `polled_at` is when Telegram last answered its getUpdates, `shut` why the home chat takes no messages,
-- `ill` what of it is not well, part by part.
CREATE TABLE processes (
    process    text NOT NULL CHECK (process IN ('bot', 'worker')),
    host       text NOT NULL,
    version    text NOT NULL,
    revision   text,
    started_at timestamptz NOT NULL DEFAULT now(),
    told_at    timestamptz NOT NULL DEFAULT now(),
    polled_at  timestamptz,
    shut       text,
    ill        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (process, host)
);

-- Which bot, by its host, last sent or edited the message, and when.
ALTER TABLE cards ADD COLUMN written_by text, ADD COLUMN written_at timestamptz;
