-- A drill restores a backup aside and proves it, or puts it in quarantine; it may be asked for by the calendar.
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check
    CHECK (kind IN ('deploy', 'rollback', 'backup', 'test', 'build', 'restore', 'drill'));
ALTER TABLE runs DROP CONSTRAINT runs_source_check;
ALTER TABLE runs ADD CONSTRAINT runs_source_check CHECK (source IN ('telegram', 'push', 'cli', 'schedule'));

ALTER TABLE backups ADD COLUMN proven_at timestamptz;
ALTER TABLE backups ADD COLUMN quarantined_at timestamptz;
ALTER TABLE backups ADD COLUMN problem text;
COMMENT ON COLUMN backups.proven_at IS 'When it was last restored aside, compared with its manifest and found whole';
COMMENT ON COLUMN backups.quarantined_at IS 'Since when it counts as not usable, because of its problem';
CREATE INDEX backups_proven ON backups (project_id, id DESC) WHERE proven_at IS NOT NULL;
