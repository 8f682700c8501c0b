-- Runs are counted by kind and state, and the newest of each kind is looked up, without reading their rows.
CREATE INDEX runs_of_kind ON runs (project_id, kind, id DESC) INCLUDE (state, requested_at, started_at, finished_at);
CREATE INDEX alerts_critical ON alerts (project_id, began_at) WHERE severity = 'critical';
