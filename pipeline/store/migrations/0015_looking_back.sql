-- The audit log tells of which run and from which chat, holds each line once, and is only ever added to. Whoever
-- asks for a run, answers a plan or a question, pauses or resumes stands in it by the same transaction.
ALTER TABLE audit ADD COLUMN run_id bigint;
ALTER TABLE audit ADD COLUMN chat_id bigint;
ALTER TABLE audit ADD COLUMN key text;
COMMENT ON COLUMN audit.run_id IS 'The run that it is about; no foreign key, so that nothing about a run can bind it';
COMMENT ON COLUMN audit.chat_id IS 'The Telegram chat that it came from';
COMMENT ON COLUMN audit.key IS 'What brought it about (a message, a tap), so that handling it twice is told once';
UPDATE audit SET run_id = (detail ->> 'run')::bigint WHERE detail ->> 'run' ~ '^[0-9]{1,18}$';
UPDATE audit SET chat_id = (detail ->> 'chat')::bigint WHERE detail ->> 'chat' ~ '^-?[0-9]{1,18}$';
CREATE UNIQUE INDEX audit_once ON audit (key) WHERE key IS NOT NULL;
CREATE INDEX audit_of_run ON audit (run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX audit_at ON audit (at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % is only ever added to: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION audit_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (actor, action, run_id, detail) VALUES (NEW.requested_by, 'run requested', NEW.id,
        jsonb_strip_nulls(jsonb_build_object('kind', NEW.kind, 'source', NEW.source, 'target', NEW.target)));
    RETURN NULL;
END $$;
CREATE TRIGGER runs_audited AFTER INSERT ON runs
    FOR EACH ROW WHEN (NEW.state = 'requested') EXECUTE FUNCTION audit_request();

-- Without a person it was silence that ended a plan, or what the worker found.
CREATE FUNCTION audit_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (actor, action, run_id, detail) VALUES (
        CASE WHEN NEW.state IN ('approved', 'rejected') THEN coalesce(NEW.answered_by, 'worker') ELSE 'worker' END,
        'plan ' || NEW.state, NEW.run_id, jsonb_strip_nulls(jsonb_build_object(
            'approval', NEW.id, 'plan_hash', NEW.plan_hash,
            'reason', NEW.reason, 'what_changed', NEW.what_changed,
            'despite_freeze', nullif(NEW.despite_freeze, false))));
    RETURN NULL;
END $$;
CREATE TRIGGER approvals_audited AFTER UPDATE OF state ON approvals
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION audit_plan();

CREATE FUNCTION audit_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (actor, action, run_id, detail) VALUES (
        coalesce(NEW.answered_by, 'worker'),
        CASE WHEN NEW.answered_by IS NULL THEN 'question closed' ELSE 'question answered' END,
        NEW.run_id, jsonb_build_object('question', NEW.id, 'way', NEW.answer));
    RETURN NULL;
END $$;
CREATE TRIGGER questions_audited AFTER UPDATE OF answer ON questions
    FOR EACH ROW WHEN (OLD.answer IS NULL AND NEW.answer IS NOT NULL) EXECUTE FUNCTION audit_question();

-- While a pause is open, nothing is asked and nothing begins by itself.
CREATE TABLE pauses (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    began_at   timestamptz NOT NULL DEFAULT now(),
    began_by   text NOT NULL,
    reason     text,
    ended_at   timestamptz,
    ended_by   text
);
CREATE UNIQUE INDEX pauses_one_open ON pauses (project_id) WHERE ended_at IS NULL;
CREATE INDEX pauses_of_project ON pauses (project_id, began_at);

CREATE FUNCTION audit_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (actor, action, detail) VALUES (
        CASE TG_OP WHEN 'INSERT' THEN NEW.began_by ELSE coalesce(NEW.ended_by, 'unknown') END,
        CASE TG_OP WHEN 'INSERT' THEN 'paused' ELSE 'resumed' END,
        jsonb_strip_nulls(jsonb_build_object('pause', NEW.id, 'reason', NEW.reason)));
    PERFORM pg_notify('pipeline', 'pause:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER pauses_audited AFTER INSERT OR UPDATE ON pauses FOR EACH ROW EXECUTE FUNCTION audit_pause();

-- What each process runs with, as it told when it started: secrets only as set or not set.
CREATE TABLE told_settings (
    project_id bigint NOT NULL REFERENCES projects,
    process    text NOT NULL,
    told_at    timestamptz NOT NULL DEFAULT now(),
    data       jsonb NOT NULL,
    PRIMARY KEY (project_id, process)
);
