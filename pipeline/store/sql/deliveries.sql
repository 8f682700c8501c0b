-- take_delivery --
-- Once for each delivery. $1 project, $2 forge, $3 its id.
INSERT INTO webhook_deliveries (project_id, forge, delivery) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING true;

-- forget_deliveries --
-- $1 how many days ago they came.
DELETE FROM webhook_deliveries WHERE received_at < now() - make_interval(days => $1);

-- tell_remote_moved --
-- Wakes the look at the remote. $1 channel.
SELECT pg_notify($1, '');
