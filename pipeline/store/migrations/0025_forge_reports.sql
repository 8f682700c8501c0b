-- What the forge was told of each run: a commit status, and a deployment from the moment production is touched.
CREATE TABLE forges (
    project_id bigint PRIMARY KEY REFERENCES projects,
    repository text NOT NULL,
    since      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN forges.since IS 'Since when it is this repository: runs of before are not told';

CREATE TABLE forge_reports (
    run_id        bigint NOT NULL REFERENCES runs,
    what          text NOT NULL CHECK (what IN ('status', 'deployment')),
    told          text,
    tried         text,
    attempts      int NOT NULL DEFAULT 0,
    given_up      boolean NOT NULL DEFAULT false,
    deployment_id bigint,
    PRIMARY KEY (run_id, what)
);
COMMENT ON COLUMN forge_reports.told IS 'How the run stood when it was told, or given up; another standing is told anew';
COMMENT ON COLUMN forge_reports.tried IS 'The standing that attempts count for';
COMMENT ON COLUMN forge_reports.deployment_id IS 'Of the record at the forge';
