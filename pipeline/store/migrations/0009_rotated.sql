-- Backups that are older than they are kept lose their files; their rows stay for history.
ALTER TABLE backups ADD COLUMN pruned_at timestamptz;
CREATE INDEX backups_kept ON backups (project_id, id DESC) WHERE pruned_at IS NULL;
DROP INDEX backups_recent;
