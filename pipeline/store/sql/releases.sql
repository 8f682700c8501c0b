-- upsert_project --
-- $1 name, $2 repository, $3 watched branch.
INSERT INTO projects (name, repository, branch) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET repository = $2, branch = $3
RETURNING *;

-- project --
-- $1 project.
SELECT * FROM projects WHERE id = $1;

-- project_by_name --
-- $1 name.
SELECT * FROM projects WHERE name = $1;

-- add_release --
-- The release of a run, recorded once. $1 project, $2 run or NULL, $3 sha, $4 branch, $5 images as JSON,
-- $6 kept compose file, $7 its hash, $8 schema revision, $9 backup.
INSERT INTO releases (project_id, run_id, sha, branch, images, compose_file, compose_hash, schema_revision,
    backup_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (run_id) DO UPDATE SET images = $5, compose_file = $6, compose_hash = $7, schema_revision = $8,
    backup_id = $9
RETURNING *;

-- release --
-- $1 release.
SELECT * FROM releases WHERE id = $1;

-- recent_releases --
-- Those that were live at some time, newest first. $1 project, $2 how many.
SELECT * FROM releases WHERE project_id = $1 AND live_since IS NOT NULL ORDER BY live_since DESC LIMIT $2;

-- make_live --
-- The release becomes live and what was live becomes previous; told again, nothing changes.
-- $1 project, $2 release, $3 schema revision or NULL.
WITH release AS (
    UPDATE releases SET live_since = now(), schema_revision = coalesce($3, schema_revision)
    WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM projects WHERE id = $1 AND live_release_id = $2)
    RETURNING id
)
UPDATE projects SET previous_release_id = live_release_id, live_release_id = release.id
FROM release WHERE projects.id = $1;

-- add_backup --
-- $1 project, $2 run, $3 database, $4 path, $5 bytes, $6 sha256.
INSERT INTO backups (project_id, run_id, database, path, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (run_id) DO UPDATE SET path = $4, bytes = $5, sha256 = $6, created_at = now()
RETURNING *;

-- recent_backups --
-- $1 project, $2 how many.
SELECT * FROM backups WHERE project_id = $1 ORDER BY id DESC LIMIT $2;

-- observe --
-- What the worker saw last. $1 project, $2 at, $3 data as JSON.
INSERT INTO observations (project_id, at, data) VALUES ($1, $2, $3)
ON CONFLICT (project_id) DO UPDATE SET at = $2, data = $3;

-- observation --
-- $1 project.
SELECT data FROM observations WHERE project_id = $1;

-- last_observed --
-- $1 name of the project.
SELECT at FROM observations JOIN projects ON projects.id = project_id WHERE projects.name = $1;
