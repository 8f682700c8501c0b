-- A rollback may bring the data of then back. For that the journal knows at which revision the schema is, at
-- which each backup is, and what a release says of undoing its migrations.
ALTER TABLE runs DROP CONSTRAINT IF EXISTS runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN (
    'deploy', 'rollback', 'backup', 'test', 'build', 'restore', 'drill', 'rewind'));

ALTER TABLE projects ADD COLUMN schema_revision text;
COMMENT ON COLUMN projects.schema_revision IS 'As the last run that switched or restored left it';
ALTER TABLE releases ADD COLUMN undoing text CHECK (undoing IN ('harmless', 'down'));
COMMENT ON COLUMN releases.undoing IS 'What it declares of its migrations; NULL where it declares nothing';
ALTER TABLE backups ADD COLUMN schema_revision text;
