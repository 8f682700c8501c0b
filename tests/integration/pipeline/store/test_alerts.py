"""One row a problem: while it lasts, when it comes back, once it is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.model.release import Project
from pipeline.store.connect import Address, connect
from pipeline.store.listen import CHANNEL
from pipeline.store.store import Store

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
DOWN = Problem(
    fingerprint="down/app",
    severity=Severity.CRITICAL,
    title="app is down",
    what="The container ended with exit code 1.",
    production="Nobody is served.",
    advice="See /logs app.",
    service="app",
    details=["boom"],
)
DISK = replace(DOWN, fingerprint="disk", severity=Severity.WARNING, title="The disk is full", service=None)


async def test_a_problem_is_one_alert_until_it_is_over(store: Store, project: Project) -> None:
    alerts = store.alerts
    await alerts.settle(project.id, "production", [DISK, DOWN], AT)
    await alerts.settle(project.id, "backups", [], AT)
    down, disk = await alerts.open(project.id)
    assert (down.problem, disk.problem, down.times) == (DOWN, DISK, 1)
    assert (down.began_at, down.last_at, down.watcher) == (AT, AT, "production")
    later = AT + timedelta(minutes=5)
    worse = replace(DISK, severity=Severity.CRITICAL, more=2)
    await alerts.settle(project.id, "production", [worse], later)
    [now] = await alerts.open(project.id)
    assert (now.id, now.times, now.last_at, now.began_at) == (disk.id, 3, later, AT)
    assert now.problem.severity is Severity.CRITICAL
    assert (await alerts.get(down.id)).over_at == later


async def test_told_again_without_a_change_nothing_is_written(
    store: Store, project: Project, address: Address
) -> None:
    heard: list[str] = []
    ended = asyncio.Event()

    def hear(_: object, __: int, ___: str, payload: object) -> None:
        heard.append(str(payload))
        if payload == "end":
            ended.set()

    listener = await connect(address)
    try:
        await listener.add_listener(CHANNEL, hear)
        await store.alerts.settle(project.id, "production", [DOWN], AT)
        await store.pool.execute("SELECT pg_notify($1, 'begin')", CHANNEL)
        await store.alerts.settle(project.id, "production", [DOWN], AT + timedelta(minutes=1))
        version = await store.pool.fetchval("SELECT xmin::text || ctid::text FROM alerts")
        await store.alerts.settle(project.id, "production", [DOWN], AT + timedelta(minutes=2))
        assert version == await store.pool.fetchval("SELECT xmin::text || ctid::text FROM alerts")
        await store.pool.execute("SELECT pg_notify($1, 'end')", CHANNEL)
        async with asyncio.timeout(30):
            await ended.wait()
    finally:
        listener.terminate()
    assert heard[-2:] == ["begin", "end"]  # notifications come in the order of their commits
    assert len(heard) > 2


async def test_what_comes_back_soon_is_the_same_alert_and_later_a_new_one(
    store: Store, project: Project
) -> None:
    alerts = store.alerts
    await alerts.settle(project.id, "production", [DOWN], AT)
    [first] = await alerts.open(project.id)
    assert await alerts.acknowledge(first.id, "anna (7)", AT) is not None
    await alerts.settle(project.id, "production", [], AT + timedelta(minutes=1))
    await alerts.settle(project.id, "production", [DOWN], AT + timedelta(minutes=60))
    [again] = await alerts.open(project.id)
    assert (again.id, again.times, again.acknowledged_at) == (first.id, 2, None)
    await alerts.settle(project.id, "production", [], AT + timedelta(minutes=61))
    await alerts.settle(project.id, "production", [DOWN], AT + timedelta(minutes=122))
    [new] = await alerts.open(project.id)
    assert (new.id != first.id, new.times) == (True, 1)


async def test_it_is_acknowledged_once_and_snoozed_while_it_lasts(store: Store, project: Project) -> None:
    alerts = store.alerts
    await alerts.settle(project.id, "production", [DOWN], AT)
    [alert] = await alerts.open(project.id)
    seen = await alerts.acknowledge(alert.id, "anna (7)", AT)
    assert seen is not None
    assert (seen.acknowledged_by, seen.acknowledged_at) == ("anna (7)", AT)
    assert await alerts.acknowledge(alert.id, "bob (8)", AT) is None
    until = AT + timedelta(hours=2)
    snoozed = await alerts.snooze(alert.id, "bob (8)", until)
    assert snoozed is not None
    assert (snoozed.snoozed_by, snoozed.snoozed_until) == ("bob (8)", until)
    await alerts.settle(project.id, "production", [], until)
    assert await alerts.snooze(alert.id, "bob (8)", until) is None
    assert await alerts.acknowledge(alert.id, "bob (8)", until) is None
