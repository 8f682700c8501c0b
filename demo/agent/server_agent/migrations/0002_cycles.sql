-- One row for each proactive cycle; tokens are summed by day (UTC) to keep the budget.
CREATE TABLE cycles (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day             date NOT NULL,
    finished_at     timestamptz NOT NULL DEFAULT now(),
    last_message_id bigint NOT NULL,
    summary         text NOT NULL,
    tokens          integer NOT NULL CHECK (tokens >= 0)
);

CREATE INDEX cycles_day ON cycles (day) INCLUDE (tokens);
