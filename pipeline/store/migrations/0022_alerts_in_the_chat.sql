-- Alerts in the chat: which have a card of their own, which are gathered in one card, and the short messages that
-- make the phone ring again.
CREATE TABLE storms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    began_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    critical   boolean NOT NULL
);
COMMENT ON TABLE storms IS 'More new problems in a short time than cards are sent for: one card gathers the rest';
COMMENT ON COLUMN storms.last_at IS 'When the newest problem came to it';
COMMENT ON COLUMN storms.critical IS 'Whether a critical problem has come to it, so that the phone has rung for that';

ALTER TABLE alerts
    ADD COLUMN told_at  timestamptz,
    ADD COLUMN storm_id bigint REFERENCES storms,
    ADD COLUMN note     text,
    ADD COLUMN noted_at timestamptz;
COMMENT ON COLUMN alerts.told_at IS 'Since when it has a card of its own, or a place in that of its storm';
COMMENT ON COLUMN alerts.note IS 'What was done about it last, from the chat';
CREATE INDEX alerts_untold ON alerts (id) WHERE told_at IS NULL;
CREATE INDEX alerts_told ON alerts (project_id, told_at);
CREATE INDEX alerts_of_storm ON alerts (storm_id) WHERE storm_id IS NOT NULL;
CREATE INDEX alerts_ended ON alerts (over_at);

CREATE TABLE nudges (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id bigint REFERENCES alerts,
    storm_id bigint REFERENCES storms,
    why      text NOT NULL CHECK (why IN ('back', 'critical', 'reminder')),
    made_at  timestamptz NOT NULL,
    CHECK ((alert_id IS NULL) <> (storm_id IS NULL))
);
COMMENT ON TABLE nudges IS 'A short answer to a card, for an edit does not ring; only the newest one stands';
CREATE INDEX nudges_of_alert ON nudges (alert_id, id) WHERE alert_id IS NOT NULL;
CREATE INDEX nudges_of_storm ON nudges (storm_id, id) WHERE storm_id IS NOT NULL;

ALTER TABLE cards DROP CONSTRAINT IF EXISTS cards_subject_check;
ALTER TABLE cards ADD CONSTRAINT cards_subject_check CHECK (subject IN (
    'run', 'plan', 'result', 'push', 'question', 'copies', 'reminder', 'alert', 'nudge', 'storm', 'probation',
    'digest'));

ALTER TABLE inquiries DROP CONSTRAINT IF EXISTS inquiries_kind_check;
ALTER TABLE inquiries ADD CONSTRAINT inquiries_kind_check CHECK (kind IN ('logs', 'plan', 'restart'));
