"""The audit log: only ever added to, and what counts lands there by the transaction that brings it about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from pipeline.model.plan import Plan, Side
from pipeline.model.question import Choice, Way
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, RunKind, Source, StageName
from pipeline.store.connect import Address, connect
from pipeline.store.migration import known
from pipeline.store.store import Store, open_store

LATER = datetime.now(UTC) + timedelta(days=1)


def _plan(run: Run) -> Plan:
    side = Side(sha="1" * 40, branch="main", images={}, compose_hash="1")
    return Plan(run_id=run.id, kind=run.kind, project="agent", live=None, goal=side, subject="", services=[])


async def _told(store: Store) -> list[tuple[str, str, int | None]]:
    """Oldest first."""
    return [(line.actor, line.action, line.run) for line in (await store.audit.before(50))[::-1]]


@pytest.mark.parametrize("text", ["'; DROP TABLE audit; --", "ü <b> 😀", ""])
async def test_a_line_holds_any_text(store: Store, text: str) -> None:
    await store.audit.write(text, "refused", chat=-100, said=text, nothing=None)
    [line] = await store.audit.before(5)
    assert (line.actor, line.action, line.run, line.chat) == (text, "refused", None, -100)
    assert line.detail == {"said": text, "nothing": None}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE at < now() - interval '10 years'",
        "TRUNCATE audit",
        "INSERT INTO audit (actor, action, key) VALUES ('x', 'y', 'k')"
        " ON CONFLICT (key) WHERE key IS NOT NULL DO UPDATE SET actor = 'nobody'",
    ],
)
async def test_no_line_is_ever_changed_or_removed(store: Store, change: str) -> None:
    await store.audit.write("Ada", "command", key="k")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="audit is only ever added to"):
        await store.pool.execute(change)
    assert await _told(store) == [("Ada", "command", None)]


async def test_what_is_handled_twice_is_told_once_and_about_its_run(store: Store, project: Project) -> None:
    asked = await store.runs.request(
        project.id, RunKind.BACKUP, source=Source.TELEGRAM, by="Ada", key="message:1"
    )
    for _ in range(2):
        await store.audit.write("Ada", "command", chat=42, key="message:1", text="/backup")
    await store.audit.write("Ada", "command", chat=42, key="message:2", text="/status")
    assert await _told(store) == [
        ("Ada", "run requested", asked.id),
        ("Ada", "command", asked.id),
        ("Ada", "command", None),
    ]
    assert [line.action for line in await store.audit.of_run(asked.id, 5)] == ["command", "run requested"]


async def test_a_run_its_plans_and_its_questions_are_told_with_who(store: Store, run: Run) -> None:
    first = await store.approvals.open(run.epoch, _plan(run), "one", LATER)
    assert await store.approvals.close(first.id, run.epoch, ApprovalState.EXPIRED)
    await store.approvals.open(run.epoch, _plan(run), "two", LATER)
    await store.approvals.answer("two", ApprovalState.APPROVED, "Ada")
    assert await store.approvals.answer("two", ApprovalState.REJECTED, "Eve") is None
    await store.questions.open(
        run.id, run.epoch, StageName.MIGRATE, "?", [Choice(way=Way.BACK, label="Back")], Way.BACK, "q", LATER
    )
    await store.questions.answer("q", Way.BACK, "Ada")
    assert await _told(store) == [
        ("tester", "run requested", run.id),
        ("worker", "plan expired", run.id),
        ("Ada", "plan approved", run.id),
        ("Ada", "question answered", run.id),
    ]
    lines = {line.action: line.detail for line in await store.audit.of_run(run.id, 10)}
    assert lines["run requested"] == {"kind": "deploy", "source": "cli"}
    assert lines["question answered"]["way"] == "back"
    assert lines["plan approved"]["plan_hash"] == first.plan_hash


LOOKING_BACK = 15
"""The migration that gave the audit log run and chat."""


async def test_lines_from_before_keep_their_run_and_chat(address: Address) -> None:
    connection = await connect(address)
    await connection.execute("CREATE TABLE schema_migrations (version int PRIMARY KEY)")
    await connection.execute("ALTER TABLE schema_migrations ADD applied_at timestamptz DEFAULT now()")
    for migration in known():
        if migration.number < LOOKING_BACK:
            await connection.execute(migration.up)
            await connection.execute("INSERT INTO schema_migrations (version) VALUES ($1)", migration.number)
    await connection.execute(
        "INSERT INTO audit (actor, action, detail) VALUES"
        """ ('Ada', 'cancel', '{"run": 7}'), ('Eve', 'ignored', '{"chat": -100, "run": "x"}')"""
    )
    await connection.close()
    async with open_store(address) as store:
        lines = await store.audit.before(5)
        assert [(line.actor, line.run, line.chat) for line in lines] == [
            ("Eve", None, -100),
            ("Ada", 7, None),
        ]


async def test_pages_go_both_ways(store: Store) -> None:
    for number in range(7):
        await store.audit.write("Ada", f"{number}")
    newest = await store.audit.before(3)
    assert [line.action for line in newest] == ["6", "5", "4"]
    older = await store.audit.before(3, newest[-1].id)
    assert [line.action for line in older] == ["3", "2", "1"]
    assert await store.audit.after(3, older[0].id) == newest
    assert await store.audit.before(9, since=newest[-1].at) == newest
    assert await store.audit.before(9, since=LATER) == []
