"""What the watch asks of the journal: backups, bots, and the alerts that were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.model.release import Project
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store
from pipeline.store.watching import BackupsKept

NOW = datetime.now(UTC)
NOTHING = BackupsKept(first_at=None, good_at=None, proven_at=None)


async def test_backups_that_were_made_proven_pruned_and_put_in_quarantine(
    store: Store, project: Project
) -> None:
    assert await store.watching.backups(project.id) == NOTHING

    async def lay(hours: int, **columns: object) -> int:
        names = ["project_id", "database", "path", "bytes", "sha256", "created_at", *columns]
        values = [
            project.id,
            "agent",
            f"/b/{hours}",
            1,
            "c3",
            NOW - timedelta(hours=hours),
            *columns.values(),
        ]
        places = ", ".join(f"${number + 1}" for number in range(len(names)))
        text = f"INSERT INTO backups ({', '.join(names)}) VALUES ({places}) RETURNING id"  # noqa: S608 - ours
        return int(await store.pool.fetchval(text, *values))

    await lay(90, pruned_at=NOW, proven_at=NOW - timedelta(hours=80))
    await lay(50)
    kept = await store.watching.backups(project.id)
    assert kept == BackupsKept(
        first_at=NOW - timedelta(hours=90),
        good_at=NOW - timedelta(hours=50),
        proven_at=NOW - timedelta(hours=80),
    )
    newest = await lay(10, quarantined_at=NOW, problem="it was changed")
    bad = await store.watching.backups(project.id)
    assert bad == replace(kept, quarantined=newest, why="it was changed")
    await lay(5)
    assert await store.watching.backups(project.id) == replace(kept, good_at=NOW - timedelta(hours=5))


async def test_a_bot_is_here_as_long_as_it_is_connected(
    store: Store, project: Project, address: Address
) -> None:
    bots = await store.watching.bots()
    assert (bots.here, bots.ever) == ([], False)
    async with open_store(address, name="vnext-bot server 7") as other:
        await other.chats.settle(project.id, 42)
        bots = await store.watching.bots()
        assert (bots.here, bots.ever) == (["vnext-bot server 7"], True)


async def test_open_alerts_come_first_then_those_that_were_over_last(store: Store, project: Project) -> None:
    problem = Problem(
        fingerprint="one", severity=Severity.WARNING, title="One", what=".", production=".", advice="."
    )
    told = {
        "one": problem,
        "two": replace(problem, fingerprint="two"),
        "three": replace(problem, fingerprint="three", severity=Severity.CRITICAL),
        "four": replace(problem, fingerprint="four"),
    }
    await store.alerts.settle(project.id, "host", list(told.values()), NOW)
    left = [told["three"], told["four"]]
    await store.alerts.settle(project.id, "host", [told["two"], *left], NOW + timedelta(minutes=1))
    await store.alerts.settle(project.id, "host", left, NOW + timedelta(minutes=2))
    found = await store.alerts.recent(project.id, 10)
    assert [alert.problem.fingerprint for alert in found] == ["three", "four", "two", "one"]
    assert len(await store.alerts.recent(project.id, 1)) == 1
