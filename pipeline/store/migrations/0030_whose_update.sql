-- works with: 0025
-- Which project was chosen for an update that did not say one.
ALTER TABLE inbox ADD COLUMN project_id bigint REFERENCES projects;
