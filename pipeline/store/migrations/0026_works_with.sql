-- What is applied tells with the code of which numbers it works, so that code from before knows whether it can go on.
-- works with: 0026
-- Code from before refuses whatever is newer than itself.
ALTER TABLE schema_migrations ADD COLUMN works_with int;
UPDATE schema_migrations SET works_with = version;
ALTER TABLE schema_migrations ALTER COLUMN works_with SET NOT NULL;
ALTER TABLE schema_migrations ADD CHECK (works_with <= version);
COMMENT ON COLUMN schema_migrations.works_with IS 'The number that the oldest code knows which still works once it is applied';
