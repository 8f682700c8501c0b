-- one_at_a_time --
-- Until the end of the transaction. $1 the lock.
SELECT pg_advisory_xact_lock($1);

-- hand_over_elsewhere --
-- The run of another project in which the controller is replaced: whoever acts in its worker is cut by that, or
-- by the way back. $1 run, $2 within how many seconds something has happened in it.
SELECT other.id FROM hand_overs JOIN runs other ON other.id = run_id
WHERE other.project_id <> (SELECT project_id FROM runs WHERE id = $1)
    AND other.finished_at IS NULL AND carrier <> 'worker'
    AND EXISTS (
        SELECT FROM events WHERE events.run_id = other.id AND at > now() - make_interval(secs => $2)
    )
LIMIT 1;
