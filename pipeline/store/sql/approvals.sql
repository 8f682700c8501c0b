-- open_approval --
-- The plan waits for Master. $1 run, $2 epoch, $3 plan as JSON, $4 its hash, $5 nonce, $6 expiry.
WITH run AS (
    UPDATE runs SET state = 'awaiting' WHERE id = $1 AND epoch = $2 RETURNING id
), approval AS (
    INSERT INTO approvals (run_id, plan, plan_hash, nonce, expires_at)
    SELECT id, $3, $4, $5, $6 FROM run
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'awaiting', 'approve', jsonb_build_object('approval', id) FROM approval
)
SELECT * FROM approval;

-- approval_of_run --
-- The newest. $1 run.
SELECT * FROM approvals WHERE run_id = $1 ORDER BY id DESC LIMIT 1;

-- approvals_of_run --
-- Oldest first. $1 run.
SELECT * FROM approvals WHERE run_id = $1 ORDER BY id;

-- approval_by_nonce --
-- $1 nonce.
SELECT * FROM approvals WHERE nonce = $1;

-- approval_in_message --
-- The plan that a message of ours shows, reminds of or tells the end of. $1 chat, $2 message.
SELECT approvals.* FROM cards
LEFT JOIN reminders ON subject = 'reminder' AND reminders.id = subject_id
JOIN approvals ON approvals.id = CASE subject
    WHEN 'plan' THEN subject_id
    WHEN 'reminder' THEN reminders.approval_id
    WHEN 'result' THEN (SELECT max(id) FROM approvals WHERE run_id = subject_id)
END
WHERE chat_id = $1 AND message_id = $2;

-- run_in_message --
-- Of which run a message of ours tells; nothing where it tells of none. $1 chat, $2 message.
SELECT CASE subject
    WHEN 'run' THEN subject_id
    WHEN 'result' THEN subject_id
    WHEN 'plan' THEN (SELECT run_id FROM approvals WHERE id = subject_id)
    WHEN 'reminder' THEN (
        SELECT run_id FROM reminders JOIN approvals ON approvals.id = approval_id WHERE reminders.id = subject_id
    )
    WHEN 'question' THEN (SELECT run_id FROM questions WHERE id = subject_id)
    WHEN 'probation' THEN (SELECT run_id FROM probations WHERE id = subject_id)
END AS run_id
FROM cards WHERE chat_id = $1 AND message_id = $2 ORDER BY cards.id DESC LIMIT 1;

-- answer_approval --
-- Works once and only before the expiry. $1 nonce, $2 approved or rejected, $3 who, $4 why or NULL, $5 whether
-- a freeze is overridden.
WITH approval AS (
    UPDATE approvals SET state = $2, answered_by = $3, answered_at = now(), reason = $4, despite_freeze = $5
    WHERE nonce = $1 AND state = 'pending' AND expires_at > now()
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, $2, 'approve', jsonb_build_object('by', $3::text) FROM approval
)
SELECT * FROM approval;

-- waive_approval --
-- A setting answers in a person's place, as `answer_approval` does; the audit log tells why. $1 nonce, $2 the setting,
-- $3 why.
WITH approval AS (
    UPDATE approvals SET state = 'approved', answered_by = $2, answered_at = now(), reason = $3
    WHERE nonce = $1 AND state = 'pending' AND expires_at > now()
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'approved', 'approve', jsonb_build_object('by', $2::text) FROM approval
), trail AS (
    INSERT INTO audit (actor, action, run_id, detail)
    SELECT $2::text, 'approval waived', run_id, jsonb_build_object('run', run_id, 'reason', $3::text) FROM approval
)
SELECT * FROM approval;

-- postpone_approval --
-- Works once and only before the expiry: it waits as long again. $1 nonce, $2 who.
WITH approval AS (
    UPDATE approvals SET expires_at = expires_at + (expires_at - requested_at), postponed_by = $2,
        postponed_at = now()
    WHERE nonce = $1 AND state = 'pending' AND expires_at > now() AND postponed_at IS NULL
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'postponed', 'approve', jsonb_build_object('by', $2::text) FROM approval
), trail AS (
    INSERT INTO audit (actor, action, detail)
    SELECT $2::text, 'plan postponed', jsonb_build_object('run', run_id, 'until', expires_at) FROM approval
)
SELECT * FROM approval;

-- give_reason --
-- Why a plan was rejected, told after it was; once. Plan and result are shown anew. $1 approval, $2 the reason,
-- $3 why the run ended, as a sentence with it, $4 who.
WITH approval AS (
    UPDATE approvals SET reason = $2 WHERE id = $1 AND state = 'rejected' AND reason IS NULL RETURNING *
), run AS (
    UPDATE runs SET failure = jsonb_set(failure, '{what}', to_jsonb($3::text))
    FROM approval WHERE runs.id = run_id AND failure IS NOT NULL AND runs.state = 'rejected'
), card AS (
    UPDATE cards SET final = false FROM approval
    WHERE (subject = 'plan' AND subject_id = approval.id) OR (subject = 'result' AND subject_id = run_id)
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, 'reason', 'approve' FROM approval
), trail AS (
    INSERT INTO audit (actor, action, detail)
    SELECT $4::text, 'plan rejected for a reason', jsonb_build_object('run', run_id, 'reason', $2::text)
    FROM approval
)
SELECT * FROM approval;

-- close_approval --
-- Nobody answered in time, or the plan no longer fits. $1 approval, $2 expired, voided or superseded, $3 epoch,
-- $4 what changed or NULL, $5 the newer commit or NULL, $6 the expiry that is known, or NULL: one that was put
-- off meanwhile goes on.
WITH approval AS (
    UPDATE approvals SET state = $2, what_changed = $4, newer_sha = $5
    FROM runs
    WHERE approvals.id = $1 AND runs.id = run_id AND epoch = $3
        AND (approvals.state = 'pending' OR (approvals.state = 'approved' AND $2 <> 'expired'))
        AND ($6::timestamptz IS NULL OR expires_at = $6)
    RETURNING approvals.*
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, $2, 'approve' FROM approval
)
SELECT * FROM approval;

-- plans_to_tell --
-- Plans that wait for Master, and those whose card does not show their end yet. $1 chat, $2 project.
SELECT approvals.* FROM approvals JOIN runs ON runs.id = run_id
WHERE project_id = $2 AND approvals.id IN (
    SELECT id FROM approvals WHERE state = 'pending'
    UNION
    SELECT subject_id FROM cards WHERE chat_id = $1 AND subject = 'plan' AND NOT final
)
ORDER BY approvals.id;

-- remind --
-- It is time to remind of the plan, once for each expiry. $1 approval, $2 its expiry.
INSERT INTO reminders (approval_id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- reminder --
-- $1 reminder.
SELECT * FROM reminders WHERE id = $1;

-- reminders_to_tell --
-- Of plans that wait with the same expiry, and those whose message does not show their end yet. $1 chat,
-- $2 project.
SELECT reminders.id FROM reminders
JOIN approvals ON approvals.id = approval_id JOIN runs ON runs.id = run_id
WHERE project_id = $2 AND (
    (approvals.state = 'pending' AND approvals.expires_at = reminders.expires_at)
    OR reminders.id IN (SELECT subject_id FROM cards WHERE chat_id = $1 AND subject = 'reminder' AND NOT final)
)
ORDER BY id;

-- approval_of_reminder --
-- $1 reminder.
SELECT * FROM approvals WHERE id = (SELECT approval_id FROM reminders WHERE id = $1);
