-- The whole log of a run that ended badly, for the chat: the bot cannot reach the worker's disk.
CREATE TABLE run_logs (
    run_id    bigint PRIMARY KEY REFERENCES runs,
    content   bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    sent_at   timestamptz
);
COMMENT ON COLUMN run_logs.content IS 'gzip, secrets taken out, at most some MiB unpacked';
COMMENT ON COLUMN run_logs.sent_at IS 'When the bot last sent it';
ALTER TABLE run_logs ALTER COLUMN content SET STORAGE EXTERNAL;
