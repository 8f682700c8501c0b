-- What the bot wants to know of production and only the worker can see: asked, taken, answered, told, forgotten.
CREATE TABLE inquiries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id  bigint NOT NULL REFERENCES projects,
    key         text NOT NULL UNIQUE,
    chat_id     bigint NOT NULL,
    topic_id    bigint,
    message_id  bigint,
    kind        text NOT NULL CHECK (kind IN ('logs')),
    wanted      jsonb NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    taken_at    timestamptz,
    answered_at timestamptz,
    answer      bytea,
    told_at     timestamptz
);
COMMENT ON COLUMN inquiries.key IS 'The tap or message that asked: handled twice, it asks once';
COMMENT ON COLUMN inquiries.message_id IS 'The message that the answer takes the place of; NULL for a new one';
COMMENT ON COLUMN inquiries.answer IS 'gzip of JSON, secrets taken out, at most some MiB unpacked';
COMMENT ON COLUMN inquiries.told_at IS 'When the chat was told, be it that no answer came';
ALTER TABLE inquiries ALTER COLUMN answer SET STORAGE EXTERNAL;
CREATE INDEX inquiries_open ON inquiries (project_id, id) WHERE told_at IS NULL;

CREATE FUNCTION tell_inquiries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline_inquiries', '');
    RETURN NULL;
END $$;
CREATE TRIGGER inquiries_told AFTER INSERT OR UPDATE OF answered_at ON inquiries
    FOR EACH ROW EXECUTE FUNCTION tell_inquiries();
