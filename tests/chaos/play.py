"""Plays one cell in a house: asks for the run, answers its plan, and looks at all when it is quiet."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from bot.callbacks import RestoreTap
from pipeline.model.states import RunKind, RunState
from tests.chaos.carrying import carried, done, quiet
from tests.chaos.cell import Cell
from tests.chaos.house import House
from tests.chaos.invariants import ACTIVE, BRINGING, Facts, violations
from tests.chaos.partial import partial_files
from tests.chaos.scene import Scene

_RUN_SECONDS = 150.0
_DEED_SECONDS = 45.0
_QUIET_SECONDS = 100.0
_LOOK_SECONDS = 0.2
_LATER = "INSERT INTO notes VALUES ($1, 'written after the backup')"
_COUNT_LATER = "SELECT count(*) AS n FROM notes WHERE n = $1"


async def play(house: House, cell: Cell) -> tuple[str, list[str]]:
    """The state in which the run ended, and the sentences on what did not hold."""
    try:
        return await _play(house, cell)
    except Exception:
        return "", [f"The harness failed: {traceback.format_exc()}"]


async def _play(house: House, cell: Cell) -> tuple[str, list[str]]:
    house.trim()
    house.widen(roomy=cell.kind is RunKind.RESTORE)
    await house.configure(cell.settings)
    old, new = house.live, _goal(house, cell)
    scene = Scene(house, cell.stage, cell.point)
    last = (await house.journal.row("SELECT coalesce(max(id), 0) AS id FROM runs"))["id"]
    points, later = len(house.points.reached), -secrets.randbelow(10**9) - 1
    deed = asyncio.create_task(done(cell.deed(scene), scene), name=cell.name)
    try:
        await scene.armed.wait()
        sure = await _say(house, cell.kind, later)
        scene.said.set()
        runs = await carried(house, last, _RUN_SECONDS, _LOOK_SECONDS, sure)
        scene.finished.set()
        await asyncio.wait({deed}, timeout=_DEED_SECONDS if scene.struck or scene.holds else 1)
    finally:
        house.points.forget()
        house.shims.forget()
        deed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await deed
    facts = await _facts(house, cell, scene, runs, points, later, old, new)
    _remember(house, cell, facts, new)
    return ", ".join(facts.states), violations(facts)


def _goal(house: House, cell: Cell) -> str:
    """Pushes a new commit for a deploy; the version that the run is to bring."""
    match cell.kind:
        case RunKind.DEPLOY:
            version = house.next_version()
            house.commit(**{"VERSION": version, **cell.knobs})
            return version
        case RunKind.ROLLBACK:
            assert house.previous is not None
            return house.previous
        case RunKind.BACKUP | RunKind.RESTORE | RunKind.DRILL:
            return house.live


async def _say(house: House, kind: RunKind, later: int) -> str | None:
    """What Master asks for; the tap that says that he means it, where he is asked back. Before a restore a
    note with the number `later` is written, which the backup has not."""
    if kind is not RunKind.RESTORE:
        house.chat.say(f"/{kind}")
        return None
    await house.application.rows(_LATER, later)
    newest = await house.journal.row(
        "SELECT max(id) AS id FROM backups WHERE pruned_at IS NULL AND quarantined_at IS NULL"
    )
    house.chat.say(f"/restore {newest['id']}")
    return RestoreTap(backup=newest["id"], sure=True).pack()


async def _data(house: House, state: str, later: int) -> list[str]:
    """What was written after the backup is gone where the restore succeeded, and there where it did not."""
    row = await house.application.row(_COUNT_LATER, later)
    well = state == RunState.SUCCEEDED
    if (row["n"] == 0) == well:
        return []
    return [f"The run is {state} and the data is that of {'now' if well else 'the backup'}."]


async def _facts(
    house: House, cell: Cell, scene: Scene, runs: list[Any], points: int, later: int, old: str, new: str
) -> Facts:
    run = runs[0] if runs else None
    number = run["id"] if run else 0
    told = await quiet(house, number, partial(_settled, house, number), _QUIET_SECONDS, _LOOK_SECONDS)
    events = "SELECT count(*) AS n FROM events WHERE run_id = $1 AND kind = 'finished'"
    active = "SELECT count(*) AS n FROM runs WHERE state = ANY($1)"
    reached = [r for r in house.points.reached[points:] if r.run == number]
    restored = run is not None and cell.kind is RunKind.RESTORE
    data = await _data(house, run["state"], later) if restored else []
    return Facts(
        kind=cell.kind,
        reached=scene.struck,
        states=[row["state"] for row in runs],
        allowed=cell.allowed,
        finished_events=(await house.journal.row(events, number))["n"],
        active_runs=(await house.journal.row(active, sorted(ACTIVE)))["n"],
        old=old,
        new=new,
        served=await _served(house, (old, new)),
        migrations=house.migrations(new) if cell.kind is RunKind.DEPLOY else 0,
        containers=await asyncio.to_thread(_left_containers, house, number),
        files=_left_files(house),
        cards=len(told.cards),
        results=len(told.results),
        critical=told.critical,
        actors=[r.actor for r in reached],
        beside=[process.words for r in reached for process in r.beside],
        backups=await _backups(house),
        failure=(run["failure"] or "") if run else "",
        noted=[*scene.noted, *data],
    )


async def _settled(house: House, run: int) -> bool:
    told = house.chat.of_run(run)
    open_cards = await house.journal.row(
        "SELECT count(*) AS n FROM cards WHERE NOT final AND subject <> 'push'"
    )
    return bool(
        told.results
        and "Ended" in told.card
        and not open_cards["n"]
        and not house.chat.unread()
        and not _left_files(house)
    )


async def _served(house: House, wanted: tuple[str, str]) -> str | None:
    """A service that was just restarted gets some seconds to answer."""
    for _ in range(25):
        served = await house.served()
        if served in wanted:
            return served
        await asyncio.sleep(_LOOK_SECONDS)
    return served


def _left_containers(house: House, run: int) -> list[str]:
    names = []
    for container in house.daemon.client.containers.list(all=True, ignore_removed=True):
        mine = container.labels.get("com.docker.compose.project") == house.project
        one_off = mine and container.labels.get("com.docker.compose.oneoff") == "True"
        if one_off or container.name.startswith(f"{house.project}-run-{run}-"):
            names.append(container.name)
    return names


def _left_files(house: House) -> list[str]:
    """The bot has one scratch folder as long as it lives."""
    scratch = sorted((house.folder / "tmp-bot").glob("vnext-*"))
    return [
        *(str(part.relative_to(house.folder)) for part in partial_files(house.state)),
        *(str(work.relative_to(house.folder)) for work in (house.state / "runs").glob("*")),
        *(f"tmp/{folder.name}" for folder in (house.folder / "tmp").glob("vnext-*") if not _in_use(folder)),
        *(f"tmp-bot/{folder.name} (besides another)" for folder in scratch[1:]),
    ]


def _in_use(folder: Path) -> bool:
    """A worker that is just starting has a folder too, and holds a lock on it as long as it lives."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def _backups(house: House) -> list[str]:
    """The newest dump is what the journal says of it."""
    row = await house.journal.row("SELECT path, sha256 FROM backups ORDER BY id DESC LIMIT 1")
    if row is None:
        return []
    path = Path(row["path"])
    if not path.exists():
        return [f"The last backup is gone: {path.name}."]
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    return [] if found == row["sha256"] else [f"The last backup is damaged: {path.name}."]


def _remember(house: House, cell: Cell, facts: Facts, new: str) -> None:
    if facts.states and facts.states[0] == RunState.SUCCEEDED and cell.kind in BRINGING:
        house.previous, house.live = house.live, new
