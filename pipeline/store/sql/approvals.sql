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

-- answer_approval --
-- Works once and only before the expiry. $1 nonce, $2 approved or rejected, $3 who.
WITH approval AS (
    UPDATE approvals SET state = $2, answered_by = $3, answered_at = now()
    WHERE nonce = $1 AND state = 'pending' AND expires_at > now()
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, $2, 'approve', jsonb_build_object('by', $3::text) FROM approval
)
SELECT * FROM approval;

-- close_approval --
-- Nobody answered in time, or the answer no longer fits. $1 approval, $2 expired or voided, $3 epoch.
WITH approval AS (
    UPDATE approvals SET state = $2
    FROM runs
    WHERE approvals.id = $1 AND runs.id = run_id AND epoch = $3
        AND (approvals.state = 'pending' OR (approvals.state = 'approved' AND $2 = 'voided'))
    RETURNING approvals.*
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, $2, 'approve' FROM approval
)
SELECT * FROM approval;

-- plans_to_tell --
-- Plans that wait for Master, and those whose card does not show their end yet. $1 chat.
SELECT * FROM approvals
WHERE id IN (
    SELECT id FROM approvals WHERE state = 'pending'
    UNION
    SELECT subject_id FROM cards WHERE chat_id = $1 AND subject = 'plan' AND NOT final
)
ORDER BY id;
