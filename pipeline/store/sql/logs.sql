-- keep_log --
-- The log of a run that ends; a later one takes its place. $1 run, $2 epoch, $3 gzip.
INSERT INTO run_logs (run_id, content) SELECT id, $3 FROM runs WHERE id = $1 AND epoch = $2
ON CONFLICT (run_id) DO UPDATE SET content = EXCLUDED.content, stored_at = now(), sent_at = NULL
RETURNING run_id;

-- log --
-- $1 run.
SELECT content FROM run_logs WHERE run_id = $1;

-- log_known --
-- Whether there is one, and for how long it has been sent. $1 run.
SELECT now() - sent_at AS since FROM run_logs WHERE run_id = $1;

-- log_sent --
-- $1 run.
UPDATE run_logs SET sent_at = now() WHERE run_id = $1;

-- forget_logs --
-- Logs of runs whose events have been folded away. $1 how many at most.
DELETE FROM run_logs WHERE run_id IN (
    SELECT run_id FROM run_logs JOIN runs ON runs.id = run_id WHERE folded_at IS NOT NULL LIMIT $1
);
