-- What a forge delivers by webhook: each delivery is taken once.
CREATE TABLE webhook_deliveries (
    project_id  bigint NOT NULL REFERENCES projects,
    forge       text NOT NULL CHECK (forge IN ('github', 'gitlab', 'gitea')),
    delivery    text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, forge, delivery)
);
COMMENT ON TABLE webhook_deliveries IS 'Forgotten after some days';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (received_at);
