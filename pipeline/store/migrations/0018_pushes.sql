-- A prompt is one message that may gather several pushes; what is told of each stands beside it. A mute keeps new
-- prompts back for a time. Plans without a run are asked of the worker as log lines are.
CREATE TABLE prompts (
    prompt_id bigint NOT NULL,
    push_id   bigint NOT NULL REFERENCES pushes,
    begun_at  timestamptz NOT NULL,
    facts     jsonb NOT NULL,
    ci        text CHECK (ci IN ('passed', 'failed', 'pending')),
    PRIMARY KEY (prompt_id, push_id)
);
COMMENT ON TABLE prompts IS 'One row for each push that a prompt shows or showed; cards of pushes go by prompt_id';
COMMENT ON COLUMN prompts.prompt_id IS 'From the counter of pushes, so that no older card of a push has it';
COMMENT ON COLUMN prompts.begun_at IS 'When the first push of the prompt was seen';
CREATE INDEX prompts_of_push ON prompts (push_id, prompt_id DESC);

CREATE FUNCTION tell_prompt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'push:' || NEW.push_id);
    RETURN NULL;
END $$;
CREATE TRIGGER prompts_told AFTER INSERT OR UPDATE ON prompts FOR EACH ROW EXECUTE FUNCTION tell_prompt();

CREATE TABLE branch_tips (
    project_id bigint NOT NULL REFERENCES projects,
    branch     text NOT NULL,
    push_id    bigint NOT NULL REFERENCES pushes,
    PRIMARY KEY (project_id, branch)
);
COMMENT ON TABLE branch_tips IS 'The push that a branch was at when it was last looked at; it may be an old one';

CREATE TABLE mutes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    began_at   timestamptz NOT NULL,
    began_by   text NOT NULL,
    until      timestamptz,
    ended_at   timestamptz,
    ended_by   text
);
COMMENT ON COLUMN mutes.until IS 'NULL: until somebody ends it';
CREATE UNIQUE INDEX mutes_one_open ON mutes (project_id) WHERE ended_at IS NULL;

CREATE FUNCTION tell_mute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'mute:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER mutes_told AFTER INSERT OR UPDATE ON mutes FOR EACH ROW EXECUTE FUNCTION tell_mute();

ALTER TABLE inquiries DROP CONSTRAINT inquiries_kind_check;
ALTER TABLE inquiries ADD CONSTRAINT inquiries_kind_check CHECK (kind IN ('logs', 'plan', 'restart'));
