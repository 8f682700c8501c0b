-- What comes from a forge and what it is told: deliveries of webhooks, each taken once, and how far a run was told.
CREATE TABLE webhook_deliveries (
    project_id  bigint NOT NULL REFERENCES projects,
    forge       text NOT NULL CHECK (forge IN ('github', 'gitlab', 'gitea')),
    delivery    text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, forge, delivery)
);
COMMENT ON TABLE webhook_deliveries IS 'Forgotten after some days';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (received_at);

CREATE TABLE forge_reports (
    run_id     bigint PRIMARY KEY REFERENCES runs,
    deployment bigint,
    told       text CHECK (told IN ('began', 'ended')),
    live       boolean NOT NULL DEFAULT false,
    tries      integer NOT NULL DEFAULT 0,
    given_up   text
);
COMMENT ON COLUMN forge_reports.deployment IS 'The id of its deployment at the forge';
COMMENT ON COLUMN forge_reports.told IS 'What the forge was told last; NULL for nothing yet';
COMMENT ON COLUMN forge_reports.live IS 'The forge takes it for what serves';
COMMENT ON COLUMN forge_reports.tries IS 'How often telling what comes next has failed';
COMMENT ON COLUMN forge_reports.given_up IS 'Why nothing more of it is told';
