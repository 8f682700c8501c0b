-- ask --
-- Once for each key; nothing where it was asked before. $1 project, $2 key, $3 chat, $4 its topic or NULL,
-- $5 message to take the place of or NULL, $6 kind, $7 what is wanted as JSON.
INSERT INTO inquiries (project_id, key, chat_id, topic_id, message_id, kind, wanted)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (key) DO NOTHING
RETURNING id;

-- take --
-- The oldest that nobody has taken and the chat still waits for. $1 project, $2 seconds that one is waited for,
-- $3 kinds.
UPDATE inquiries SET taken_at = now()
WHERE id = (
    SELECT id FROM inquiries
    WHERE project_id = $1 AND told_at IS NULL AND taken_at IS NULL
        AND asked_at > now() - make_interval(secs => $2) AND kind = ANY ($3::text[])
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- answer --
-- Once, and not too late. $1 inquiry, $2 gzip of JSON.
UPDATE inquiries SET answer = $2, answered_at = now()
WHERE id = $1 AND answered_at IS NULL AND told_at IS NULL;

-- untold --
-- Those that are answered, or whose answer has not come in time: $2 seconds until one is taken, $3 seconds until
-- one that was taken is answered, $4 likewise for a plan, $5 for a restart. The others too, with `due` false.
-- $1 project.
SELECT *, answered_at IS NOT NULL
    OR asked_at < now() - make_interval(secs => CASE
        WHEN taken_at IS NULL THEN $2::float8 WHEN kind = 'plan' THEN $4::float8
        WHEN kind = 'restart' THEN $5::float8 ELSE $3::float8
    END) AS due
FROM inquiries WHERE project_id = $1 AND told_at IS NULL ORDER BY id;

-- told --
-- $1 inquiry.
UPDATE inquiries SET told_at = now() WHERE id = $1;

-- inquiry --
-- $1 inquiry.
SELECT * FROM inquiries WHERE id = $1;

-- forget_inquiries --
-- $1 how many hours ago they were asked.
DELETE FROM inquiries WHERE asked_at < now() - make_interval(hours => $1);
