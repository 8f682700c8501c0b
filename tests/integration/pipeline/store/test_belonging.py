"""Whose a row, a message or an update is, where two projects are in one journal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.model.inquiry import LogsWanted
from pipeline.model.question import Choice, Way
from pipeline.model.release import Project, ProjectId
from pipeline.model.run import Run
from pipeline.model.states import StageName
from pipeline.store.belonging import Named, Row
from pipeline.store.store import Store
from tests.integration.pipeline.store.test_alerts import AT
from tests.integration.pipeline.store.test_approvals import _plan
from tests.integration.pipeline.store.test_pushes import COMMITS, FACTS
from tests.integration.pipeline.store.test_ringing import later, many, settle

CHAT = 42


@pytest.fixture
async def other(store: Store) -> Project:
    return await store.releases.project("shop", "https://example.org/shop.git", "main")


@pytest.mark.usefixtures("other")
async def test_each_row_is_known_and_each_card_of_it(store: Store, project: Project, run: Run) -> None:
    await store.chats.settle(project.id, CHAT)
    release = await store.releases.add(
        project.id,
        run=None,
        sha="1" * 40,
        branch="main",
        images={},
        compose_file="/c",
        compose_hash="1",
        schema_revision=None,
        backup=None,
        fence=None,
    )
    backup = await store.releases.add_backup(
        project.id,
        (run.id, run.epoch),
        database="d",
        path="/b",
        size=1,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
    )
    push = await store.pushes.ask(project.id, "main", "2" * 40, COMMITS, FACTS, AT, gathers_since=AT)
    assert push is not None
    soon = datetime.now(UTC) + timedelta(minutes=30)
    plan = await store.approvals.open(run.epoch, _plan(run), "nonce-1", soon)
    asked = await store.questions.open(
        run.id,
        run.epoch,
        StageName.APPROVE,
        "What now?",
        [Choice(way=Way.BACK, label="Back")],
        Way.BACK,
        "nonce-2",
        soon,
    )
    alert = (await settle(store, project, AT, *many(3)))[0]
    await settle(store, project, later(0.5), *many(7))
    await store.ringing.alerts_to_tell(project.id, CHAT, later(1))
    [storm] = await store.ringing.storms_to_tell(project.id, CHAT, later(1))
    await store.inquiries.ask(project.id, LogsWanted(service="app", lines=5), key="k", chat=CHAT, topic=None)
    rows = [
        Named(Row.RUN, run.id),
        Named(Row.RELEASE, release.id),
        Named(Row.BACKUP, backup.id),
        Named(Row.PUSH, push.id),
        Named(Row.PLAN, nonce=plan.nonce),
        Named(Row.QUESTION, nonce=asked.nonce),
        Named(Row.ALERT, alert.id),
        Named(Row.STORM, storm),
        Named(Row.INQUIRY, await store.pool.fetchval("SELECT max(id) FROM inquiries")),
    ]
    assert {row.row for row in rows} == set(Row) - {Row.PROBATION}
    for row in rows:
        assert await store.belonging.of(row) == project.id, row
        missing = Named(row.row, 10**15) if row.number else Named(row.row, nonce="none")
        assert await store.belonging.of(missing) is None
    cards: list[tuple[Any, int | None]] = [
        ("run", run.id),
        ("result", run.id),
        ("plan", plan.id),
        ("question", asked.id),
        ("push", push.prompt),
        ("alert", alert.id),
        ("storm", storm),
    ]
    for message, (subject, number) in enumerate(cards, 100):
        assert number is not None
        await store.cards.show(subject, number, CHAT, message=message, shown="1", final=False)
        assert await store.belonging.of_message(CHAT, message) == project.id, subject
        assert await store.belonging.of_message(CHAT + 1, message) is None


async def test_the_project_of_an_update_is_said_once(store: Store, project: Project, other: Project) -> None:
    raw = json.dumps({"update_id": 5, "message": {"text": "/deploy"}})
    await store.inbox.store([(5, raw)])
    kept = await store.belonging.update(5)
    assert kept is not None
    assert json.loads(kept.raw) == json.loads(raw)
    assert timedelta() <= kept.age < timedelta(minutes=5)
    for wanted in (other.id, project.id, other.id):
        assert await store.belonging.choose(5, wanted) == other.id
    await store.inbox.store([(5, json.dumps({"update_id": 5, "message": {"text": "/backup"}}))])
    assert await store.belonging.choose(5, project.id) == project.id  # ids begin anew with another bot
    assert await store.belonging.update(6) is None
    assert await store.belonging.choose(6, ProjectId(project.id)) is None
