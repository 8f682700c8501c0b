-- prepare_turn --
-- A session that others can tell, and that ends soon after its client's machine does. $1 its name.
SELECT set_config('application_name', $1, false), set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false);

-- take_turn --
-- For the session, in the application's database. $1 and $2 the lock.
SELECT pg_try_advisory_lock($1, $2);

-- who_has_turn --
-- $1 and $2 the lock.
SELECT application_name, host(client_addr) AS host, backend_start
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = $1::int AND objid = $2::int
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
