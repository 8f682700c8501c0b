-- add_push --
-- A commit seen on the watched branch, once. $1 project, $2 branch, $3 sha, $4 commits as JSON, $5 when.
INSERT INTO pushes (project_id, branch, sha, commits, seen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING id;

-- reopen_push --
-- One that nobody answered, to which the branch came back. $1 push, $2 commits as JSON.
UPDATE pushes SET state = 'seen', answered_at = NULL, commits = $2 WHERE id = $1 AND state = 'superseded'
RETURNING id;

-- supersede_pushes --
-- The others still unanswered. $1 project, $2 branch, $3 the newest push, $4 when.
UPDATE pushes SET state = 'superseded', answered_at = $4
WHERE project_id = $1 AND branch = $2 AND id <> $3 AND state = 'seen';

-- point_tip --
-- $1 project, $2 branch, $3 the push that it is at.
INSERT INTO branch_tips (project_id, branch, push_id) VALUES ($1, $2, $3)
ON CONFLICT (project_id, branch) DO UPDATE SET push_id = $3;

-- gathering_prompt --
-- The prompt of the push that waits, if it began late enough. $1 project, $2 branch, $3 since when.
SELECT prompt_id, begun_at FROM prompts JOIN pushes ON pushes.id = push_id
WHERE project_id = $1 AND branch = $2 AND state = 'seen' AND begun_at >= $3
ORDER BY prompt_id DESC LIMIT 1;

-- new_prompt --
-- The number of a prompt for a push that had one before.
SELECT nextval(pg_get_serial_sequence('pushes', 'id'));

-- show_in_prompt --
-- $1 prompt, $2 push, $3 when the prompt began, $4 facts as JSON.
INSERT INTO prompts (prompt_id, push_id, begun_at, facts) VALUES ($1, $2, $3, $4)
ON CONFLICT (prompt_id, push_id) DO UPDATE SET facts = $4, ci = NULL;

-- push --
-- With its newest prompt. $1 push.
SELECT pushes.*, prompt_id, facts, ci,
    (SELECT count(*) FROM prompts AS others WHERE others.prompt_id = newest.prompt_id) AS gathered
FROM pushes LEFT JOIN LATERAL (
    SELECT prompt_id, facts, ci FROM prompts WHERE push_id = pushes.id ORDER BY prompt_id DESC LIMIT 1
) AS newest ON true
WHERE pushes.id = $1;

-- push_of --
-- $1 project, $2 branch, $3 sha.
SELECT id FROM pushes WHERE project_id = $1 AND branch = $2 AND sha = $3;

-- answer_push --
-- Works once. $1 push, $2 deployed or skipped, $3 the run or NULL.
UPDATE pushes SET state = $2, answered_at = now(), run_id = $3 WHERE id = $1 AND state = 'seen' RETURNING id;

-- newest_push --
-- The one that the branch was at when it was last looked at; NULL where there is none. $1 project, $2 branch.
SELECT coalesce(
    (SELECT push_id FROM branch_tips WHERE project_id = $1 AND branch = $2),
    (SELECT id FROM pushes WHERE project_id = $1 AND branch = $2 ORDER BY id DESC LIMIT 1)
);

-- note_ci --
-- Where it differs. $1 prompt, $2 push, $3 what is said.
UPDATE prompts SET ci = $3 WHERE prompt_id = $1 AND push_id = $2 AND ci IS DISTINCT FROM $3;

-- prompts_to_tell --
-- Those whose push waits for an answer, but for new ones during a pause or a mute, and those whose card does not
-- show their end yet. A push of before there were prompts is its own. $1 chat, $2 whether it is asked at all, $3 when,
-- $4 project.
SELECT coalesce(max(prompt_id), pushes.id) AS id FROM pushes LEFT JOIN prompts ON push_id = pushes.id
WHERE project_id = $4 AND state = 'seen' AND $2::bool AND NOT EXISTS (
    SELECT 1 FROM pauses WHERE pauses.project_id = pushes.project_id AND ended_at IS NULL
) AND NOT EXISTS (
    SELECT 1 FROM mutes WHERE mutes.project_id = pushes.project_id AND ended_at IS NULL AND (until IS NULL OR until > $3)
)
GROUP BY pushes.id
UNION
SELECT subject_id FROM cards
JOIN pushes ON pushes.id = coalesce((SELECT max(push_id) FROM prompts WHERE prompt_id = subject_id), subject_id)
WHERE chat_id = $1 AND subject = 'push' AND NOT final AND project_id = $4
ORDER BY id;

-- pushes_of_prompt --
-- The push that a prompt shows: that which waits or was answered, else the newest. One that another prompt asks
-- about since counts as superseded here. $1 prompt.
SELECT pushes.id, EXISTS (
    SELECT 1 FROM prompts AS later WHERE later.push_id = pushes.id AND later.prompt_id > $1
) AS moved
FROM pushes LEFT JOIN prompts ON push_id = pushes.id AND prompt_id = $1
WHERE prompt_id = $1 OR pushes.id = $1
ORDER BY 2, prompt_id IS NULL, state = 'superseded', answered_at DESC NULLS FIRST, pushes.id DESC LIMIT 1;
