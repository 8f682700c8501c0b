-- Backups are copied to another place, and may be handed to Master's chat.
ALTER TABLE backups ADD COLUMN copied_at timestamptz;
ALTER TABLE backups ADD COLUMN copy_problem text;
COMMENT ON COLUMN backups.copied_at IS 'When a whole copy was found at the place of OFFSITE';
COMMENT ON COLUMN backups.copy_problem IS 'Why there was none at the last try';
CREATE INDEX backups_uncopied ON backups (project_id, created_at DESC, id DESC)
    WHERE copied_at IS NULL AND pruned_at IS NULL;

-- Failures in a row are one trouble: Master is told of it once.
CREATE TABLE copy_troubles (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    backup_id  bigint NOT NULL REFERENCES backups,
    of_file    boolean NOT NULL,
    problem    text NOT NULL,
    advice     text NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT now(),
    over_at    timestamptz
);
COMMENT ON COLUMN copy_troubles.of_file IS 'The backup itself is damaged or gone on the server; else nothing can be copied';
CREATE UNIQUE INDEX copy_troubles_open ON copy_troubles (project_id, (CASE WHEN of_file THEN backup_id ELSE 0 END))
    WHERE over_at IS NULL;

-- An encrypted backup on its way from the worker's disk to the chat; gone once the bot has sent it.
CREATE TABLE chat_files (
    backup_id bigint PRIMARY KEY REFERENCES backups,
    content   bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE chat_files ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE cards DROP CONSTRAINT cards_subject_check;
ALTER TABLE cards ADD CONSTRAINT cards_subject_check
    CHECK (subject IN ('run', 'plan', 'result', 'push', 'question', 'copies'));

CREATE FUNCTION tell_copies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pipeline', 'copies:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER copy_troubles_told AFTER INSERT OR UPDATE ON copy_troubles
    FOR EACH ROW EXECUTE FUNCTION tell_copies();
