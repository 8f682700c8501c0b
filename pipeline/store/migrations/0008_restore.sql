-- A run may restore a backup, and a backup has a manifest. Backups from before have none and stay usable.
ALTER TABLE runs DROP CONSTRAINT IF EXISTS runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN ('deploy', 'rollback', 'backup', 'test', 'build', 'restore'));

ALTER TABLE backups ADD COLUMN IF NOT EXISTS manifest_sha256 text;
COMMENT ON COLUMN backups.manifest_sha256 IS 'Of the manifest beside the dump, in hex; NULL where there is none';
