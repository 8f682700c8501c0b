CREATE TABLE projects (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                text NOT NULL UNIQUE,
    repository          text NOT NULL,
    branch              text NOT NULL,
    live_release_id     bigint,
    previous_release_id bigint,
    created_at          timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE runs (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      bigint NOT NULL REFERENCES projects,
    kind            text NOT NULL CHECK (kind IN ('deploy', 'rollback', 'backup')),
    state           text NOT NULL DEFAULT 'requested' CHECK (state IN (
                        'requested', 'running', 'awaiting', 'reverting', 'succeeded', 'failed', 'reverted',
                        'broken', 'rejected', 'expired', 'voided')),
    source          text NOT NULL CHECK (source IN ('telegram', 'push', 'cli')),
    requested_by    text NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    target          text,
    branch          text,
    sha             text,
    live_release_id bigint,
    release_id      bigint,
    epoch           bigint NOT NULL DEFAULT 0,
    exit_code       int,
    failure         jsonb,
    started_at      timestamptz,
    finished_at     timestamptz,
    request_key     text UNIQUE
);
COMMENT ON COLUMN runs.request_key IS 'What asked for the run (an update, a push), so that asking twice starts one';

-- One active run a project; pipeline/store/runs.py turns the refusal into ActiveRun.
CREATE UNIQUE INDEX runs_one_active ON runs (project_id)
    WHERE state IN ('requested', 'running', 'awaiting', 'reverting');
CREATE INDEX runs_recent ON runs (project_id, id DESC);

CREATE TABLE stages (
    run_id      bigint NOT NULL REFERENCES runs,
    name        text NOT NULL,
    position    int NOT NULL,
    state       text NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'skipped')),
    started_at  timestamptz,
    finished_at timestamptz,
    last_line   text,
    result      jsonb,
    PRIMARY KEY (run_id, name)
);

CREATE TABLE events (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES runs,
    at     timestamptz NOT NULL DEFAULT now(),
    kind   text NOT NULL,
    stage  text,
    data   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_of_run ON events (run_id, id);

CREATE TABLE approvals (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       bigint NOT NULL REFERENCES runs,
    plan         jsonb NOT NULL,
    plan_hash    text NOT NULL,
    nonce        text NOT NULL UNIQUE,
    state        text NOT NULL DEFAULT 'pending'
                 CHECK (state IN ('pending', 'approved', 'rejected', 'expired', 'voided')),
    requested_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    answered_by  text,
    answered_at  timestamptz
);
CREATE UNIQUE INDEX approvals_one_pending ON approvals (run_id) WHERE state = 'pending';
CREATE INDEX approvals_of_run ON approvals (run_id, id DESC);

CREATE TABLE backups (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    run_id     bigint REFERENCES runs,
    database   text NOT NULL,
    path       text NOT NULL,
    bytes      bigint NOT NULL,
    sha256     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX backups_one_a_run ON backups (run_id);
CREATE INDEX backups_recent ON backups (project_id, id DESC);

CREATE TABLE releases (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      bigint NOT NULL REFERENCES projects,
    run_id          bigint UNIQUE REFERENCES runs,
    sha             text,
    branch          text,
    images          jsonb NOT NULL,
    compose_file    text NOT NULL,
    compose_hash    text NOT NULL,
    schema_revision text,
    backup_id       bigint REFERENCES backups,
    created_at      timestamptz NOT NULL DEFAULT now(),
    live_since      timestamptz
);
CREATE INDEX releases_recent ON releases (project_id, id DESC);

ALTER TABLE projects
    ADD FOREIGN KEY (live_release_id) REFERENCES releases,
    ADD FOREIGN KEY (previous_release_id) REFERENCES releases;
ALTER TABLE runs
    ADD FOREIGN KEY (live_release_id) REFERENCES releases,
    ADD FOREIGN KEY (release_id) REFERENCES releases;

CREATE TABLE pushes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    branch     text NOT NULL,
    sha        text NOT NULL,
    state      text NOT NULL DEFAULT 'seen' CHECK (state IN ('seen', 'deployed', 'skipped', 'superseded')),
    commits    jsonb NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    run_id     bigint REFERENCES runs,
    UNIQUE (project_id, branch, sha)
);

CREATE TABLE observations (
    project_id bigint PRIMARY KEY REFERENCES projects,
    at         timestamptz NOT NULL,
    data       jsonb NOT NULL
);

-- Telegram updates, stored before they are acknowledged.
CREATE TABLE inbox (
    update_id   bigint PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    raw         jsonb NOT NULL,
    handled_at  timestamptz,
    attempts    int NOT NULL DEFAULT 0,
    problem     text
);
CREATE INDEX inbox_open ON inbox (update_id) WHERE handled_at IS NULL;

-- One message a subject: which one it is and which text it shows, so that a restart goes on in it.
CREATE TABLE cards (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject    text NOT NULL CHECK (subject IN ('run', 'plan', 'result', 'push')),
    subject_id bigint NOT NULL,
    chat_id    bigint NOT NULL,
    message_id bigint,
    shown      text,
    final      boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject, subject_id, chat_id)
);
CREATE INDEX cards_open ON cards (id) WHERE NOT final;

CREATE TABLE audit (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    actor  text NOT NULL,
    action text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);

-- Whoever waits for news is woken; the payload says what to read again.
CREATE FUNCTION tell_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'run:' || NEW.run_id);
    RETURN NULL;
END $$;
CREATE TRIGGER events_told AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION tell_event();

CREATE FUNCTION tell_push() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'push:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER pushes_told AFTER INSERT OR UPDATE ON pushes FOR EACH ROW EXECUTE FUNCTION tell_push();
