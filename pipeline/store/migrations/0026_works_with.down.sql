ALTER TABLE schema_migrations DROP COLUMN works_with;
