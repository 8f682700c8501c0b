-- The journal stays as quick with many runs as with few, and old events do not stay for ever.

-- When a run's events were folded into one; until then its row is in this index.
ALTER TABLE runs ADD COLUMN folded_at timestamptz;
CREATE INDEX runs_unfolded ON runs (finished_at) WHERE folded_at IS NULL AND finished_at IS NOT NULL;
CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL;

-- Folding is no news.
DROP TRIGGER events_told ON events;
CREATE TRIGGER events_told AFTER INSERT ON events FOR EACH ROW WHEN (NEW.kind <> 'folded')
    EXECUTE FUNCTION tell_event();

-- The list of what ran is read from this index alone. It is in order of time, for which no other index
-- serves: in order of id the primary key would seem as good, and every row would be fetched.
CREATE INDEX runs_past ON runs (project_id, requested_at DESC, id DESC)
    INCLUDE (kind, state, exit_code, sha, branch, requested_by, started_at, finished_at);
CREATE INDEX runs_switched ON runs (project_id, id DESC)
    WHERE state = 'succeeded' AND kind IN ('deploy', 'rollback');
CREATE INDEX runs_finished ON runs (finished_at) INCLUDE (id);

DROP INDEX releases_recent;
CREATE INDEX releases_lived ON releases (project_id, live_since DESC) WHERE live_since IS NOT NULL;

CREATE INDEX pushes_newest ON pushes (project_id, branch, id DESC);
CREATE INDEX pushes_open ON pushes (project_id, branch, id) WHERE state = 'seen';

DROP INDEX cards_open;
CREATE INDEX cards_open ON cards (chat_id, subject, subject_id) WHERE NOT final;
