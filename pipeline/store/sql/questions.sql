-- open_question --
-- Master is asked. $1 run, $2 epoch, $3 stage, $4 what, $5 choices as JSON, $6 fallback, $7 nonce, $8 expiry.
WITH question AS (
    INSERT INTO questions (run_id, stage, what, options, fallback, nonce, expires_at)
    SELECT id, $3, $4, $5, $6, $7, $8 FROM runs WHERE id = $1 AND epoch = $2
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'asked', stage, jsonb_build_object('question', id) FROM question
)
SELECT * FROM question;

-- question_of_run --
-- The newest. $1 run.
SELECT * FROM questions WHERE run_id = $1 ORDER BY id DESC LIMIT 1;

-- question_by_nonce --
-- $1 nonce.
SELECT * FROM questions WHERE nonce = $1;

-- answer_question --
-- Works once and only before the expiry. $1 nonce, $2 the way, one of those offered, $3 who.
WITH question AS (
    UPDATE questions SET answer = $2, answered_by = $3, answered_at = now()
    WHERE nonce = $1 AND answer IS NULL AND expires_at > now()
        AND options @> jsonb_build_array(jsonb_build_object('way', $2::text))
    RETURNING *
), event AS (
    INSERT INTO events (run_id, kind, stage, data)
    SELECT run_id, 'answered', stage, jsonb_build_object('by', $3::text, 'answer', $2::text) FROM question
)
SELECT * FROM question;

-- close_question --
-- Nobody answered in time: the fallback is the answer. $1 run, $2 epoch, $3 question.
WITH question AS (
    UPDATE questions SET answer = fallback, answered_at = now()
    FROM runs WHERE runs.id = run_id AND run_id = $1 AND epoch = $2 AND questions.id = $3 AND answer IS NULL
    RETURNING questions.id, run_id, stage
), event AS (
    INSERT INTO events (run_id, kind, stage) SELECT run_id, 'unanswered', stage FROM question
)
SELECT id FROM question;

-- questions_to_tell --
-- Those that wait for Master, and those whose card does not show their end yet. $1 chat, $2 project.
SELECT questions.* FROM questions JOIN runs ON runs.id = run_id
WHERE project_id = $2 AND questions.id IN (
    SELECT id FROM questions WHERE answer IS NULL
    UNION
    SELECT subject_id FROM cards WHERE chat_id = $1 AND subject = 'question' AND NOT final
)
ORDER BY questions.id;
