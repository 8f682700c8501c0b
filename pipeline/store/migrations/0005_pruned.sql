-- Releases beyond those that are kept for going back lose their images and files; their rows stay for history.
ALTER TABLE releases ADD COLUMN pruned_at timestamptz;
CREATE INDEX releases_kept ON releases (project_id, live_since DESC) WHERE pruned_at IS NULL;
