-- Alerts: one row a problem, from when it is first seen until it is over. Watchers tell all that is wrong each time
-- they look; what they do not tell any more is over.
CREATE TABLE alerts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      bigint NOT NULL REFERENCES projects,
    watcher         text NOT NULL,
    fingerprint     text NOT NULL,
    severity        text NOT NULL CHECK (severity IN ('warning', 'critical')),
    problem         jsonb NOT NULL,
    began_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    times           integer NOT NULL DEFAULT 1,
    over_at         timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    snoozed_until   timestamptz,
    snoozed_by      text
);
COMMENT ON COLUMN alerts.problem IS 'As it was told last; severity and fingerprint are those of it';
COMMENT ON COLUMN alerts.last_at IS 'When it came the last time, not until when it lasts';
CREATE UNIQUE INDEX alerts_one_open ON alerts (project_id, fingerprint) WHERE over_at IS NULL;
CREATE INDEX alerts_of_project ON alerts (project_id, fingerprint, id DESC);

CREATE FUNCTION tell_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'alert:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER alerts_told AFTER INSERT OR UPDATE ON alerts FOR EACH ROW EXECUTE FUNCTION tell_alert();

-- Runs that nobody asked for in the chat: a release that fails its probation is taken back, an alert offers to.
ALTER TABLE runs DROP CONSTRAINT runs_source_check;
ALTER TABLE runs ADD CONSTRAINT runs_source_check
    CHECK (source IN ('telegram', 'push', 'cli', 'schedule', 'probation', 'alert'));

ALTER TABLE cards DROP CONSTRAINT cards_subject_check;
ALTER TABLE cards ADD CONSTRAINT cards_subject_check CHECK (subject IN (
    'run', 'plan', 'result', 'push', 'question', 'copies', 'reminder', 'alert', 'nudge', 'probation', 'digest'));
