-- A plan may die while it waits, be put off once, be reminded of, and be answered with a reason.
ALTER TABLE approvals DROP CONSTRAINT approvals_state_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_state_check
    CHECK (state IN ('pending', 'approved', 'rejected', 'expired', 'voided', 'superseded'));

ALTER TABLE approvals ADD COLUMN reason text;
ALTER TABLE approvals ADD COLUMN despite_freeze boolean NOT NULL DEFAULT false;
ALTER TABLE approvals ADD COLUMN what_changed text;
ALTER TABLE approvals ADD COLUMN newer_sha text;
ALTER TABLE approvals ADD COLUMN postponed_by text;
ALTER TABLE approvals ADD COLUMN postponed_at timestamptz;
COMMENT ON COLUMN approvals.reason IS 'Master''s: why it was rejected, or approved despite a freeze';
COMMENT ON COLUMN approvals.what_changed IS 'Why it was voided or superseded, from what to what';

-- A message that tells of a plan's coming end, once for each end.
CREATE TABLE reminders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    approval_id bigint NOT NULL REFERENCES approvals,
    expires_at  timestamptz NOT NULL,
    UNIQUE (approval_id, expires_at)
);
ALTER TABLE cards DROP CONSTRAINT cards_subject_check;
ALTER TABLE cards ADD CONSTRAINT cards_subject_check
    CHECK (subject IN ('run', 'plan', 'result', 'push', 'question', 'copies', 'reminder'));
