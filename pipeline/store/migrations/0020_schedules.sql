-- What begins by itself: since when each schedule is as it is, which of them rest, what became of their moments,
-- and the digests that tell of the time between.
CREATE TABLE schedules (
    project_id bigint NOT NULL REFERENCES projects,
    name       text NOT NULL,
    expression text NOT NULL,
    zone       text NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (project_id, name)
);
COMMENT ON COLUMN schedules.since IS 'Since when it is as it is: a moment of before was not missed';

CREATE TABLE schedule_pauses (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    schedule   text NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT now(),
    began_by   text NOT NULL,
    ended_at   timestamptz,
    ended_by   text
);
CREATE UNIQUE INDEX schedule_pauses_one_open ON schedule_pauses (project_id, schedule) WHERE ended_at IS NULL;
CREATE INDEX schedule_pauses_of_project ON schedule_pauses (project_id, schedule, began_at);

CREATE FUNCTION audit_schedule_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (actor, action, detail) VALUES (
        CASE TG_OP WHEN 'INSERT' THEN NEW.began_by ELSE coalesce(NEW.ended_by, 'unknown') END,
        CASE TG_OP WHEN 'INSERT' THEN 'schedule paused' ELSE 'schedule resumed' END,
        jsonb_build_object('pause', NEW.id, 'schedule', NEW.schedule));
    RETURN NULL;
END $$;
CREATE TRIGGER schedule_pauses_audited AFTER INSERT OR UPDATE ON schedule_pauses
    FOR EACH ROW EXECUTE FUNCTION audit_schedule_pause();

CREATE TABLE moments (
    project_id bigint NOT NULL REFERENCES projects,
    schedule   text NOT NULL,
    moment     timestamptz NOT NULL,
    became     text NOT NULL CHECK (became IN ('asked', 'told', 'rested', 'left_out')),
    run_id     bigint REFERENCES runs,
    problem    text,
    noted_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, schedule, moment)
);
COMMENT ON COLUMN moments.run_id IS 'Which run was asked for, where one was';
COMMENT ON COLUMN moments.problem IS 'What stood in the way, where it was left out';

CREATE TABLE digests (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id  bigint NOT NULL REFERENCES projects,
    moment      timestamptz NOT NULL,
    since       timestamptz NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT now(),
    pictured_at timestamptz,
    UNIQUE (project_id, moment)
);
COMMENT ON COLUMN digests.since IS 'It tells of the time from here to its moment';
COMMENT ON COLUMN digests.pictured_at IS 'When its picture was about to be sent: that is done once';

CREATE FUNCTION tell_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'digest:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER digests_told AFTER INSERT ON digests FOR EACH ROW EXECUTE FUNCTION tell_digest();
