-- project_of_row --
-- Whose it is that a command or a button names; nothing for what is not there. $1 what it is, $2 its number or NULL,
-- $3 the nonce of a plan or a question, or NULL.
SELECT CASE $1
    WHEN 'run' THEN (SELECT project_id FROM runs WHERE id = $2)
    WHEN 'backup' THEN (SELECT project_id FROM backups WHERE id = $2)
    WHEN 'release' THEN (SELECT project_id FROM releases WHERE id = $2)
    WHEN 'alert' THEN (SELECT project_id FROM alerts WHERE id = $2)
    WHEN 'storm' THEN (SELECT project_id FROM storms WHERE id = $2)
    WHEN 'push' THEN (SELECT project_id FROM pushes WHERE id = $2)
    WHEN 'probation' THEN (SELECT project_id FROM probations WHERE id = $2)
    WHEN 'inquiry' THEN (SELECT project_id FROM inquiries WHERE id = $2)
    WHEN 'plan' THEN (
        SELECT project_id FROM approvals JOIN runs ON runs.id = approvals.run_id WHERE nonce = $3
    )
    WHEN 'question' THEN (
        SELECT project_id FROM questions JOIN runs ON runs.id = questions.run_id WHERE nonce = $3
    )
END AS project_id;

-- project_of_message --
-- Of which project a message of ours tells; nothing for another message. $1 chat, $2 message.
SELECT CASE subject
    WHEN 'run' THEN (SELECT project_id FROM runs WHERE id = subject_id)
    WHEN 'result' THEN (SELECT project_id FROM runs WHERE id = subject_id)
    WHEN 'plan' THEN (
        SELECT project_id FROM approvals JOIN runs ON runs.id = run_id WHERE approvals.id = subject_id
    )
    WHEN 'reminder' THEN (
        SELECT project_id FROM reminders JOIN approvals ON approvals.id = approval_id
        JOIN runs ON runs.id = run_id WHERE reminders.id = subject_id
    )
    WHEN 'question' THEN (
        SELECT project_id FROM questions JOIN runs ON runs.id = run_id WHERE questions.id = subject_id
    )
    WHEN 'push' THEN (
        SELECT project_id FROM prompts JOIN pushes ON pushes.id = push_id WHERE prompt_id = subject_id LIMIT 1
    )
    WHEN 'copies' THEN (SELECT project_id FROM copy_troubles WHERE id = subject_id)
    WHEN 'alert' THEN (SELECT project_id FROM alerts WHERE id = subject_id)
    WHEN 'storm' THEN (SELECT project_id FROM storms WHERE id = subject_id)
    WHEN 'probation' THEN (SELECT project_id FROM probations WHERE id = subject_id)
    WHEN 'digest' THEN (SELECT project_id FROM digests WHERE id = subject_id)
    WHEN 'nudge' THEN (
        SELECT coalesce(alerts.project_id, storms.project_id) FROM nudges
        LEFT JOIN alerts ON alerts.id = nudges.alert_id LEFT JOIN storms ON storms.id = nudges.storm_id
        WHERE nudges.id = subject_id
    )
END AS project_id
FROM cards WHERE chat_id = $1 AND message_id = $2 ORDER BY cards.id DESC LIMIT 1;

-- kept_update --
-- A Telegram update, handled or not. $1 update id.
SELECT raw::text AS raw, now() - received_at AS age FROM inbox WHERE update_id = $1;

-- choose_project --
-- What an update is about is said once: the first project stays. $1 update id, $2 project.
UPDATE inbox SET project_id = coalesce(project_id, $2) WHERE update_id = $1 RETURNING project_id;
