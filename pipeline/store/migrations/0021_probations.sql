-- Probations: the watch after each switch, what was seen in it, and what came of it. The newest samples are added at
-- the end of a list; telling each of them to the chat would be noise, so only a change of state is.
CREATE TABLE probations (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id          bigint NOT NULL REFERENCES projects,
    run_id              bigint NOT NULL UNIQUE REFERENCES runs,
    release_id          bigint NOT NULL REFERENCES releases,
    previous_release_id bigint REFERENCES releases,
    began_at            timestamptz NOT NULL,
    until_at            timestamptz NOT NULL,
    watched             jsonb NOT NULL,
    state               text NOT NULL DEFAULT 'watching'
        CHECK (state IN ('watching', 'passed', 'failed', 'inconclusive', 'superseded')),
    baseline            jsonb,
    figures             jsonb,
    samples             jsonb NOT NULL DEFAULT '[]',
    evidence            jsonb NOT NULL DEFAULT '[]',
    notes               jsonb NOT NULL DEFAULT '[]',
    ended_at            timestamptz,
    way                 text CHECK (way IN ('revert', 'ask')),
    why_ask             text,
    revert_run_id       bigint REFERENCES runs,
    decision            text CHECK (decision IN ('keep', 'revert', 'silence', 'overtaken')),
    decided_by          text,
    decided_at          timestamptz
);
COMMENT ON COLUMN probations.previous_release_id IS 'What served before the run';
COMMENT ON COLUMN probations.watched IS 'What it goes by: services, interval, times';
COMMENT ON COLUMN probations.baseline IS 'How the release before did, NULL where that is not known';
COMMENT ON COLUMN probations.way IS 'What follows where it did not pass';
COMMENT ON COLUMN probations.revert_run_id IS 'The rollback that it asked for, or who answered';
CREATE UNIQUE INDEX probations_one_watching ON probations (project_id) WHERE state = 'watching';
CREATE INDEX probations_of_release ON probations (release_id, id DESC);
CREATE INDEX probations_open ON probations (project_id) WHERE way IS NOT NULL AND decision IS NULL;

CREATE FUNCTION tell_probation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'probation:' || NEW.id);
    IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state THEN
        INSERT INTO audit (actor, action, run_id, detail) VALUES ('the probation', 'probation ' || NEW.state, NEW.run_id,
            jsonb_strip_nulls(jsonb_build_object('reason', NEW.evidence ->> 0, 'way', NEW.way, 'why_ask', NEW.why_ask)));
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.decision IS DISTINCT FROM OLD.decision AND NEW.decision IS NOT NULL THEN
        INSERT INTO audit (actor, action, run_id, detail) VALUES (coalesce(NEW.decided_by, 'worker'),
            'probation answered: ' || NEW.decision, NEW.run_id,
            jsonb_strip_nulls(jsonb_build_object('asked', NEW.revert_run_id)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER probations_begun AFTER INSERT ON probations FOR EACH ROW EXECUTE FUNCTION tell_probation();
CREATE TRIGGER probations_told AFTER UPDATE OF state, way, decision, revert_run_id ON probations
    FOR EACH ROW EXECUTE FUNCTION tell_probation();
