-- Runs that only test or only build a commit, and runs that are called off.

ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check
    CHECK (kind IN ('deploy', 'rollback', 'backup', 'test', 'build'));
ALTER TABLE runs DROP CONSTRAINT runs_state_check;
ALTER TABLE runs ADD CONSTRAINT runs_state_check CHECK (state IN (
    'requested', 'running', 'awaiting', 'reverting', 'succeeded', 'failed', 'reverted',
    'broken', 'rejected', 'expired', 'voided', 'cancelled'));

-- Only one of the two comes to be: a run that was cancelled never switches, one that switches is not cancelled.
ALTER TABLE runs ADD COLUMN switching_at timestamptz;
ALTER TABLE runs ADD COLUMN cancelled_at timestamptz;
ALTER TABLE runs ADD COLUMN cancelled_by text;
ALTER TABLE runs ADD CONSTRAINT runs_cancelled_or_switching
    CHECK (cancelled_at IS NULL OR switching_at IS NULL);
COMMENT ON COLUMN runs.switching_at IS 'When the run was about to touch production for the first time';
UPDATE runs SET switching_at = stages.started_at FROM stages
WHERE stages.run_id = runs.id AND stages.name = 'stop' AND stages.started_at IS NOT NULL
    AND runs.finished_at IS NULL;
