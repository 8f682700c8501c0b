"""Brings PostgreSQL back where a switch had taken it down and the worker then ended."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.engine.disk import waits_for_the_journal
from pipeline.engine.lock import itself
from pipeline.engine.lockfile import locked
from pipeline.model.executor import Held
from pipeline.stages.journey import Hands
from pipeline.stages.live import containers
from pipeline.store.connect import JournalUnreachable, connect

_WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.5

log = structlog.get_logger()


async def revive(hands: Hands) -> bool:
    """Starts the group's stopped containers, if the record on disk of a run of the project tells that they
    hold the journal.

    Whether the journal answers then, within a minute. False too while another executor acts: it is its to do.
    Raises EngineUnreachable.
    """
    layout = hands.layout
    if not any(waits_for_the_journal(path, layout.project) for path in layout.all_unwritten()):
        return False
    try:
        async with locked(layout.locks, hands.settings.project_name, itself("worker")):
            await _start(hands)
    except Held:
        return False
    return await _answers(hands)


async def _start(hands: Hands) -> None:
    for container in await containers(hands):
        if not container.running:
            log.warning("container_started_again", name=container.name, because="it may hold the journal")
            await hands.engine.start(container.id)


async def _answers(hands: Hands) -> bool:
    until = asyncio.get_running_loop().time() + _WAIT_SECONDS
    while asyncio.get_running_loop().time() < until:
        try:
            await (await connect(hands.settings.journal)).close()
        except JournalUnreachable:
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            return True
    return False
