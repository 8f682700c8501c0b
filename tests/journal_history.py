"""A journal with a long past, and how PostgreSQL would read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from pipeline.model.release import ProjectId
from pipeline.store.queries import load

CHAT = 42
"""The chat that was told of every run."""

PROJECT = object()
"""In ASKED: the id of the project."""

RUN = 900
"""In ASKED: a run somewhere in the past."""

ASKED: dict[tuple[str, str], tuple[object, ...]] = {
    ("history", "past_runs"): (PROJECT, 6),
    ("history", "runs_before"): (PROJECT, None, 9),
    ("history", "runs_after"): (PROJECT, RUN, 9),
    ("history", "fold_events"): (1, 10),
    ("history", "forget_updates"): (1, 10),
    ("runs", "active_run"): (PROJECT,),
    ("runs", "recent_runs"): (PROJECT, 10),
    ("runs", "run_by_key"): ("telegram 7",),
    ("runs", "run_with_project"): (RUN,),
    ("runs", "stages"): (RUN,),
    ("runs", "marks_of_stage"): (RUN, "migrate"),
    ("runs", "events_of_run"): (RUN,),
    ("runs", "last_downtime"): (PROJECT,),
    ("releases", "recent_releases"): (PROJECT, 5),
    ("releases", "recent_backups"): (PROJECT, 1),
    ("approvals", "approval_of_run"): (RUN,),
    ("approvals", "plans_to_tell"): (CHAT, PROJECT),
    ("questions", "question_of_run"): (RUN,),
    ("questions", "questions_to_tell"): (CHAT, PROJECT),
    ("forge", "reports_to_tell"): (PROJECT, "status", datetime(2026, 1, 1, tzinfo=UTC), 100),
    ("pushes", "newest_push"): (PROJECT, "main"),
    ("pushes", "supersede_pushes"): (PROJECT, "main", RUN, datetime(2026, 1, 1, tzinfo=UTC)),
    ("pushes", "prompts_to_tell"): (CHAT, True, datetime(2026, 1, 1, tzinfo=UTC), PROJECT),
    ("chat", "runs_to_tell"): (CHAT, PROJECT),
    ("chat", "results_to_tell"): (CHAT, PROJECT),
}
"""Blocks of SQL that bot and worker ask all the time, with values for them."""

HISTORY = """
INSERT INTO runs (project_id, kind, state, source, requested_by, requested_at, branch, sha, epoch, exit_code,
    started_at, finished_at)
SELECT $1, CASE n % 3 WHEN 0 THEN 'deploy' ELSE 'backup' END,
    CASE n % 10 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 'telegram',
    'Ada (42)', at, 'main', md5(n::text) || 'aaaaaaaa', 1, 0, at, at + interval '2 minutes'
FROM (SELECT n, now() - interval '3 days' - ($2 - n) * interval '5 minutes' AS at
    FROM generate_series(1, $2::int) n) line;

INSERT INTO stages (run_id, name, position, state, started_at, finished_at)
SELECT id, name, position, 'succeeded', started_at, finished_at
FROM runs, (VALUES ('pull', 1), ('backup', 2), ('stop', 7), ('wait', 10)) stage (name, position)
WHERE kind = 'deploy' OR name IN ('pull', 'backup');

INSERT INTO events (run_id, at, kind, stage, data)
SELECT id, finished_at, 'stage_ended', 'pull', '{"state": "succeeded"}'
FROM runs, generate_series(1, $3::int);

INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final, updated_at)
SELECT subject, id, $4, id, md5(id::text), true, finished_at
FROM runs, (VALUES ('run'), ('result')) face (subject);

INSERT INTO approvals (run_id, plan, plan_hash, nonce, state, requested_at, expires_at)
SELECT id, '{}', md5(id::text), 'n' || id, 'approved', requested_at, finished_at
FROM runs WHERE kind = 'deploy';

INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final, updated_at)
SELECT 'plan', id, $4, id, md5(id::text), true, expires_at FROM approvals;

INSERT INTO questions (run_id, stage, what, options, fallback, nonce, expires_at, answer)
SELECT id, 'migrate', 'What now?', '[]', 'leave', 'q' || id, finished_at, 'leave' FROM runs WHERE id % 2 = 0;

INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final)
SELECT 'question', id, $4, id, md5(id::text), true FROM questions;

INSERT INTO pushes (project_id, branch, sha, state, commits, seen_at)
SELECT $1, 'main', sha, 'deployed', '[]', requested_at FROM runs WHERE kind = 'deploy';

INSERT INTO cards (subject, subject_id, chat_id, message_id, shown, final)
SELECT 'push', id, $4, id, md5(id::text), true FROM pushes;

INSERT INTO backups (project_id, run_id, database, path, bytes, sha256, created_at)
SELECT $1, id, 'agent', '/backups/' || id, 1000, md5(id::text), finished_at FROM runs;

INSERT INTO releases (project_id, run_id, sha, branch, images, compose_file, compose_hash, backup_id,
    created_at, live_since)
SELECT $1, runs.id, runs.sha, 'main', '{"app": "sha256:1"}', '/releases', 'hash', backups.id, finished_at,
    finished_at
FROM runs JOIN backups ON run_id = runs.id WHERE kind = 'deploy' AND state = 'succeeded';

INSERT INTO forges (project_id, repository, since) VALUES ($1, 'team/app', now() - interval '20 years');

INSERT INTO forge_reports (run_id, what, told)
SELECT id, what, state FROM runs, (VALUES ('status'), ('deployment')) report (what) WHERE kind = 'deploy';

INSERT INTO inbox (update_id, raw, received_at, handled_at)
SELECT id, '{"message": {"text": "/status"}}', requested_at, requested_at FROM runs;

INSERT INTO homes (project_id, chat_id, known_since) VALUES ($1, $4, now() - interval '20 years');
"""
"""$1 project, $2 runs, $3 events a run, $4 chat. The newest ended three days ago; all were told."""


async def lay_history(connection: asyncpg.Connection, project: ProjectId, *, runs: int, events: int) -> None:
    """Fills an empty journal with `runs` runs that ended, with `events` events each; all of it told."""
    values = {"$1": project, "$2": runs, "$3": events, "$4": CHAT}
    await connection.execute("SET session_replication_role = replica")  # no triggers: nobody is to be told
    for statement in HISTORY.strip().split(";\n"):
        text = statement
        for name, value in values.items():
            text = text.replace(name, str(value))
        await connection.execute(text, timeout=1800)
    await connection.execute("RESET session_replication_role")
    await connection.execute("VACUUM (ANALYZE, FREEZE)", timeout=1800)


@dataclass(frozen=True)
class Step:
    """One node of a plan: which table and index it reads, if any, and how many rows it had to look at."""

    kind: str
    table: str | None
    index: str | None
    rows: int

    def __str__(self) -> str:
        return self.kind + (f" on {self.index or self.table}" if self.table or self.index else "")


async def plan(connection: asyncpg.Connection, file: str, block: str, *values: object) -> list[Step]:
    """How a block of SQL is carried out with these values, outermost step first; nothing of it stays."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        text = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {load(file)[block]}", *values)
    finally:
        await transaction.rollback()
    return list(_steps(json.loads(text)[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[Step]:
    rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    yield Step(node["Node Type"], node.get("Relation Name"), node.get("Index Name"), round(rows))
    for inner in node.get("Plans", []):
        yield from _steps(inner)
