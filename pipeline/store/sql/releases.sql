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
-- $6 kept compose file, $7 its hash, $8 schema revision, $9 backup; $10 the run that acts or NULL, $11 its epoch;
-- $12 what it declares of its migrations or NULL.
INSERT INTO releases (project_id, run_id, sha, branch, images, compose_file, compose_hash, schema_revision,
    backup_id, undoing)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $12
WHERE $10::bigint IS NULL OR EXISTS (SELECT 1 FROM runs WHERE id = $10 AND epoch = $11)
ON CONFLICT (run_id) DO UPDATE SET images = $5, compose_file = $6, compose_hash = $7, schema_revision = $8,
    backup_id = $9, undoing = $12
RETURNING *;

-- release --
-- $1 release.
SELECT * FROM releases WHERE id = $1;

-- recent_releases --
-- Those that were live at some time, newest first. $1 project, $2 how many.
SELECT * FROM releases WHERE project_id = $1 AND live_since IS NOT NULL ORDER BY live_since DESC LIMIT $2;

-- kept_releases --
-- Those that served and still have their images and files, newest first. $1 project.
SELECT releases.*, projects.live_release_id, projects.previous_release_id
FROM releases JOIN projects ON projects.id = project_id
WHERE project_id = $1 AND pruned_at IS NULL
    AND (live_since IS NOT NULL OR releases.id IN (live_release_id, previous_release_id))
ORDER BY live_since DESC NULLS LAST, releases.id DESC;

-- named_releases --
-- By number, or by the first digits of the commit where they are enough of them; pruned ones too.
-- $1 project, $2 number or digits, $3 whether a commit may be meant.
SELECT * FROM releases WHERE project_id = $1 AND (id::text = $2 OR ($3 AND starts_with(sha, $2)))
ORDER BY live_since DESC NULLS LAST, id DESC;

-- unpruned_releases --
-- Also those that never served, newest first. $1 project.
SELECT * FROM releases WHERE project_id = $1 AND pruned_at IS NULL
ORDER BY coalesce(live_since, created_at) DESC, id DESC;

-- prune_release --
-- Marks a release, unless it is live or previous or the active run needs it. $1 release.
UPDATE releases SET pruned_at = now()
WHERE id = $1 AND pruned_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM projects WHERE $1 IN (live_release_id, previous_release_id))
    AND NOT EXISTS (
        SELECT 1 FROM runs
        WHERE runs.project_id = releases.project_id AND state IN ('requested', 'running', 'awaiting', 'reverting')
            AND ($1 IN (live_release_id, release_id) OR runs.id = releases.run_id
                OR (kind IN ('rollback', 'rewind', 'rollback_drill') AND target = $1::bigint::text))
    )
RETURNING id;

-- pruned_with --
-- Pruned releases whose kept compose file is one of these and of no release that is still kept.
-- $1 project, $2 paths.
SELECT * FROM releases WHERE project_id = $1 AND pruned_at IS NOT NULL AND compose_file = ANY ($2)
    AND NOT EXISTS (
        SELECT 1 FROM releases other WHERE other.compose_file = releases.compose_file AND other.pruned_at IS NULL
    )
ORDER BY id;

-- make_live --
-- The release becomes live and what was live becomes previous; told again, nothing changes.
-- $1 project, $2 release, $3 schema revision or NULL; $4 the run that acts or NULL, $5 its epoch.
WITH allowed AS (
    SELECT $1::bigint AS project WHERE $4::bigint IS NULL
        OR EXISTS (SELECT 1 FROM runs WHERE id = $4 AND epoch = $5)
), release AS (
    UPDATE releases SET live_since = now(), schema_revision = coalesce($3, schema_revision)
    FROM allowed
    WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM projects WHERE id = project AND live_release_id = $2)
    RETURNING id
), moved AS (
    UPDATE projects SET previous_release_id = live_release_id, live_release_id = release.id
    FROM release WHERE projects.id = $1
)
SELECT project FROM allowed;

-- note_schema --
-- At which revision the schema is. $1 project, $2 revision or NULL; $3 the run that acts, $4 its epoch.
UPDATE projects SET schema_revision = $2
WHERE id = $1 AND EXISTS (SELECT 1 FROM runs WHERE id = $3 AND epoch = $4)
RETURNING id;

-- declared_between --
-- What releases declare of their migrations that went live between two others. $1 project, $2 the older,
-- $3 the newer.
SELECT undoing FROM releases
WHERE project_id = $1 AND id > $2 AND id < $3 AND live_since IS NOT NULL;

-- add_backup --
-- $1 project, $2 run, $3 its epoch, $4 database, $5 path, $6 bytes, $7 sha256, $8 the manifest's, $9 the revision
-- of the schema or NULL, $10 why it is in quarantine or NULL.
INSERT INTO backups (project_id, run_id, database, path, bytes, sha256, manifest_sha256, schema_revision,
    quarantined_at, problem)
SELECT $1, id, $4, $5, $6, $7, $8, $9, CASE WHEN $10::text IS NOT NULL THEN now() END, $10 FROM runs WHERE id = $2 AND epoch = $3
ON CONFLICT (run_id) DO UPDATE SET path = $5, bytes = $6, sha256 = $7, manifest_sha256 = $8,
    schema_revision = $9, created_at = now(), proven_at = NULL, quarantined_at = excluded.quarantined_at, problem = $10
RETURNING *;

-- recent_backups --
-- Those whose files are kept, with the commit that served as each was made. $1 project, $2 how many or NULL.
SELECT backups.*, releases.sha AS release FROM backups LEFT JOIN runs ON runs.id = backups.run_id
LEFT JOIN releases ON releases.id = runs.live_release_id
WHERE backups.project_id = $1 AND backups.pruned_at IS NULL ORDER BY backups.id DESC LIMIT $2;

-- backup --
-- With the commit that served as it was made. $1 backup.
SELECT backups.*, releases.sha AS release FROM backups LEFT JOIN runs ON runs.id = backups.run_id
LEFT JOIN releases ON releases.id = runs.live_release_id
WHERE backups.id = $1;

-- newest_usable_backup --
-- The newest whose file is kept and that is not in quarantine. $1 project.
SELECT backups.*, releases.sha AS release FROM backups LEFT JOIN runs ON runs.id = backups.run_id
LEFT JOIN releases ON releases.id = runs.live_release_id
WHERE backups.project_id = $1 AND backups.pruned_at IS NULL AND quarantined_at IS NULL
ORDER BY backups.id DESC LIMIT 1;

-- last_proven_backup --
-- The newest that a drill brought back whole and that can still be had. $1 project.
SELECT backups.*, releases.sha AS release FROM backups LEFT JOIN runs ON runs.id = backups.run_id
LEFT JOIN releases ON releases.id = runs.live_release_id
WHERE backups.project_id = $1 AND backups.pruned_at IS NULL AND quarantined_at IS NULL AND proven_at IS NOT NULL
ORDER BY backups.id DESC LIMIT 1;

-- prove_backup --
-- A drill brought it back whole; that also ends a quarantine. $1 run, $2 its epoch, $3 backup.
UPDATE backups SET proven_at = now(), quarantined_at = NULL, problem = NULL
FROM runs WHERE runs.id = $1 AND runs.epoch = $2 AND backups.id = $3
RETURNING backups.id;

-- quarantine_backup --
-- It counts as not usable from now on. $1 run, $2 its epoch, $3 backup, $4 why.
UPDATE backups SET quarantined_at = coalesce(quarantined_at, now()), problem = $4
FROM runs WHERE runs.id = $1 AND runs.epoch = $2 AND backups.id = $3
RETURNING backups.id;

-- needed_backups --
-- Those that kept releases went live with. $1 project.
SELECT DISTINCT backup_id FROM releases WHERE project_id = $1 AND backup_id IS NOT NULL AND pruned_at IS NULL;
-- backup_of_release --
-- The newest whose files are kept of those made while a release served, with the schema that it went live
-- with. Of older backups the journal does not know the schema: they come last, and their manifest has to say.
-- $1 project, $2 release, $3 its schema's revision or NULL.
SELECT backups.*, releases.sha AS release FROM backups JOIN runs ON runs.id = backups.run_id
JOIN releases ON releases.id = runs.live_release_id
WHERE backups.project_id = $1 AND runs.live_release_id = $2
    AND backups.pruned_at IS NULL AND backups.quarantined_at IS NULL AND backups.manifest_sha256 IS NOT NULL
    AND (backups.schema_revision IS NULL OR backups.schema_revision = $3)
ORDER BY (backups.schema_revision IS NOT DISTINCT FROM $3) DESC, backups.id DESC LIMIT 1;

-- prune_backups --
-- Marks those that are surplus, but for those of kept releases, those in quarantine, and, of each database, all
-- that no newer and no newer proven one outlives; none while a run is active. $1 project, $2 backups.
UPDATE backups SET pruned_at = now()
WHERE project_id = $1 AND id = ANY ($2) AND pruned_at IS NULL AND quarantined_at IS NULL
    AND EXISTS (
        SELECT 1 FROM backups newer WHERE newer.project_id = $1 AND newer.database = backups.database
            AND newer.pruned_at IS NULL AND newer.quarantined_at IS NULL AND NOT newer.id = ANY ($2)
            AND (newer.created_at, newer.id) > (backups.created_at, backups.id)
    )
    AND (
        proven_at IS NULL OR EXISTS (
            SELECT 1 FROM backups newer WHERE newer.project_id = $1 AND newer.database = backups.database
                AND newer.pruned_at IS NULL AND newer.quarantined_at IS NULL AND NOT newer.id = ANY ($2)
                AND newer.proven_at IS NOT NULL
                AND (newer.created_at, newer.id) > (backups.created_at, backups.id)
        )
    )
    AND NOT EXISTS (SELECT 1 FROM releases WHERE backup_id = backups.id AND releases.pruned_at IS NULL)
    AND NOT EXISTS (
        SELECT 1 FROM runs
        WHERE runs.project_id = $1 AND state IN ('requested', 'running', 'awaiting', 'reverting')
    )
RETURNING id;

-- pruned_backups_at --
-- Which of the paths are of marked backups, and of no other. $1 project, $2 paths.
SELECT DISTINCT path FROM backups WHERE project_id = $1 AND pruned_at IS NOT NULL AND path = ANY ($2)
    AND NOT EXISTS (SELECT 1 FROM backups kept WHERE kept.path = backups.path AND kept.pruned_at IS NULL);

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
