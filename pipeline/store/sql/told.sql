-- tell_settings --
-- What a process runs with from now on. $1 project, $2 process, $3 settings as JSON.
INSERT INTO told_settings (project_id, process, data) VALUES ($1, $2, $3)
ON CONFLICT (project_id, process) DO UPDATE SET data = EXCLUDED.data, told_at = now();

-- told_settings --
-- $1 project, $2 process.
SELECT told_at, data FROM told_settings WHERE project_id = $1 AND process = $2;
