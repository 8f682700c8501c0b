-- A rollback drill tries the way back on a copy of the data.
ALTER TABLE runs DROP CONSTRAINT IF EXISTS runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN (
    'deploy', 'rollback', 'backup', 'test', 'build', 'restore', 'drill', 'rewind', 'rollback_drill'));
