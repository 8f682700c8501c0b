-- works with: 0025
-- Runs of the controller itself, which its worker hands over to two one-off containers. Code of either side of
-- a migration reads this table, and of runs, stages and events what the block hand_over reads: all of that stays.
CREATE TABLE hand_overs (
    run_id        bigint PRIMARY KEY REFERENCES runs,
    carrier       text NOT NULL DEFAULT 'worker' CHECK (carrier IN ('worker', 'hand-over', 'guard')),
    one_offs      jsonb NOT NULL,
    asked         text NOT NULL,
    schema_before int NOT NULL,
    code_before   int NOT NULL,
    ready         text[] NOT NULL DEFAULT '{}',
    deaths        int NOT NULL DEFAULT 0,
    failure       jsonb,
    began_at      timestamptz NOT NULL DEFAULT now(),
    handed_at     timestamptz
);
COMMENT ON COLUMN hand_overs.carrier IS 'Who carries the run from now on: nobody else claims it';
COMMENT ON COLUMN hand_overs.one_offs IS 'By carrier: service, image and compose file, to make its container again; of the worker what is newer';
COMMENT ON COLUMN hand_overs.asked IS 'What the label deployment.asked of its containers says';
COMMENT ON COLUMN hand_overs.schema_before IS 'The newest migration in the journal when it began';
COMMENT ON COLUMN hand_overs.code_before IS 'The newest migration that the code of the live release knows';
COMMENT ON COLUMN hand_overs.ready IS 'Containers whose process has reached Docker and the journal';
COMMENT ON COLUMN hand_overs.deaths IS 'How often the hand-over was started again by others than Docker';
