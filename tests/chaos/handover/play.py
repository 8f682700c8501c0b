"""Plays one cell in a house: asks for the run, answers its plan, and looks at all when it is quiet."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Any

import docker.errors

from pipeline.model.states import RunKind, RunState, StageName, StageState
from pipeline.of_project import CONTROLLER as PROJECT
from tests.chaos.carrying import carried, done, quiet
from tests.chaos.handover.cells import Cell
from tests.chaos.handover.house import SERVICES, House
from tests.chaos.handover.invariants import PAIR, Facts, violations
from tests.chaos.handover.parts import Part
from tests.chaos.handover.scene import Scene
from tests.chaos.invariants import ACTIVE

_RUN_SECONDS = 200.0
_DEED_SECONDS = 45.0
_QUIET_SECONDS = 60.0
_ANSWER_SECONDS = 30.0
_LOOK_SECONDS = 0.3
_NOWHERE = "http://127.0.0.1:9"
_READ = ("python", "-m", "pipeline", "status")
_OPEN = "SELECT count(*) AS n FROM cards WHERE NOT final AND subject IN ('run', 'plan', 'question')"
_RELEASED = """
    SELECT sha FROM projects JOIN releases ON releases.id = live_release_id WHERE projects.name = $1
"""


async def play(house: House, cell: Cell) -> tuple[str, list[str]]:
    """The state in which the run ended, and the sentences on what did not hold."""
    try:
        return await _play(house, cell)
    except Exception:
        return "", [f"The harness failed: {traceback.format_exc()}"]


async def _play(house: House, cell: Cell) -> tuple[str, list[str]]:
    old = house.live
    if cell.kind is RunKind.ROLLBACK:
        assert house.previous is not None
        new = house.previous
    else:
        new = house.commit({house.telegram: _NOWHERE} if cell.unwell else None)
    scene = Scene(house, cell.stage, cell.point, old, new)
    last = (await house.journal.row("SELECT coalesce(max(id), 0) AS id FROM runs"))["id"]
    points, conflicts = len(house.points.reached), house.chat.world.conflicts
    deed = asyncio.create_task(done(cell.deed(scene), scene), name=cell.name)
    try:
        await scene.armed.wait()
        await house.ask(cell.kind)
        runs = await carried(house, last, _RUN_SECONDS, _LOOK_SECONDS)
        await asyncio.wait({deed}, timeout=_DEED_SECONDS if scene.struck or scene.holds else 1)
    finally:
        house.points.forget()
        deed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await deed
    facts = await _facts(house, cell, scene, runs, points, conflicts)
    if facts.states[:1] == [RunState.SUCCEEDED]:
        house.previous, house.live = old, new
    return ", ".join(facts.states), violations(facts)


async def _facts(
    house: House, cell: Cell, scene: Scene, runs: Sequence[Any], points: int, conflicts: int
) -> Facts:
    run = runs[0] if runs else None
    number = run["id"] if run else 0
    told = await quiet(house, number, partial(_settled, house, number), _QUIET_SECONDS, _LOOK_SECONDS)
    answers = await _answers(house)
    found = await house.parts()
    await asyncio.to_thread(house.keep_logs)
    well = {part.service: part for part in found if part.running and part.healthy}
    events = "SELECT count(*) AS n FROM events WHERE run_id = $1 AND kind = 'finished'"
    active = "SELECT count(*) AS n FROM runs WHERE state = ANY($1)"
    proof = "SELECT state FROM stages WHERE run_id = $1 AND name = $2"
    proven = await house.journal.row(proof, number, StageName.SMOKE)
    released = await house.journal.row(_RELEASED, PROJECT)
    health = await house.health()
    return Facts(
        reached=scene.struck,
        states=[row["state"] for row in runs],
        allowed=cell.allowed,
        proven=proven is not None and proven["state"] == StageState.SUCCEEDED,
        finished_events=(await house.journal.row(events, number))["n"],
        active_runs=(await house.journal.row(active, sorted(ACTIVE)))["n"],
        old=scene.old,
        new=scene.new,
        pair={service: well[service].revision for service in PAIR if service in well},
        told=health.get("revision") if health else None,
        released=released["sha"] if released else None,
        strangers=_strangers(found),
        missing=sorted(SERVICES - {part.service for part in found if part.running}),
        networks=await asyncio.to_thread(house.networks),
        network=f"{house.project}_default",
        cards=len(told.cards),
        results=len(told.results),
        critical=told.critical,
        conflicts=house.chat.world.conflicts - conflicts,
        answers=answers,
        actors=[r.actor for r in house.points.reached[points:] if r.run == number],
        unreadable=await _unreadable(house, well.get("worker")),
        failure=str(run["failure"] or "") if run else "",
        noted=scene.noted,
    )


def _strangers(found: Sequence[Part]) -> list[str]:
    """One container a service, and nothing else."""
    seen: set[str] = set()
    strangers = []
    for part in found:
        if part.service not in SERVICES or part.service in seen:
            strangers.append(f"{part.name} ({part.words[:120]})")
        seen.add(part.service)
    return strangers


async def _unreadable(house: House, worker: Part | None) -> str:
    if worker is None:
        return "no worker runs"
    code, said = await house.inside(worker, *_READ)
    return "" if code == 0 else f"exit code {code}, {said[-300:]}"


async def _answers(house: House) -> bool:
    """Whether Master gets an answer to a command now."""
    before = house.chat.newest()
    house.chat.say("/status")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            while house.chat.newest() <= before + 1:  # noqa: ASYNC110 - his own message is one
                await asyncio.sleep(_LOOK_SECONDS)
            return True
    return False


async def _settled(house: House, run: int) -> bool:
    told = house.chat.of_run(run)
    open_cards = await house.journal.row(_OPEN)
    try:
        found = await house.parts()
    except (docker.errors.DockerException, OSError):
        return False
    well = {part.service for part in found if part.running and part.healthy}
    return bool(
        told.results
        and "Ended" in told.card
        and not open_cards["n"]
        and not house.chat.unread()
        and not _strangers(found)
        and well >= SERVICES
        and await house.health()
    )
