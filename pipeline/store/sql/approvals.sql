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
-- Nobody answered in time, or the answer no longer fits. $1 approval, $2 expired or voided.
WITH approval AS (
    UPDATE approvals SET state = $2
    WHERE id = $1 AND (state = 'pending' OR (state = 'approved' AND $2 = 'voided'))
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, $2, 'approve' FROM approval
)
SELECT * FROM approval;

-- plans_to_tell --
-- Plans put to Master whose card is not there yet or not final. $1 chat.
SELECT approvals.* FROM approvals
LEFT JOIN cards ON subject = 'plan' AND subject_id = approvals.id AND chat_id = $1
WHERE (cards.id IS NULL AND approvals.state = 'pending') OR NOT cards.final
ORDER BY approvals.id;
