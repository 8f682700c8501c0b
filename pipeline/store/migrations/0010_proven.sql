ALTER TABLE backups ADD COLUMN proven_at timestamptz;
ALTER TABLE backups ADD COLUMN quarantined_at timestamptz;
ALTER TABLE backups ADD COLUMN problem text;
