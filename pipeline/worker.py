"""The worker: takes requested runs and carries them out, and tells what it sees of production.

One process serves every project of the installation. Each has an executor's lock, a run loop and a watch of
its own (serving.py), so runs of different projects go side by side; the journal and the Docker daemon's
connection are shared, and what is of no project is done once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog

from pipeline.beside import Beside, keep_serving
from pipeline.engine.folding import keep_folding
from pipeline.engine.probation.watching import PACE, Pace
from pipeline.engine.retention import Keep, keep_clearing
from pipeline.engine.revive import revive
from pipeline.model.errors import PipelineError
from pipeline.model.moment import show_in
from pipeline.parts import Machine, check_branch, check_for_all, claim, hands_for, machine, with_journal
from pipeline.serving import serve
from pipeline.settings import WorkerSettings
from pipeline.source import RemoteUnreachable
from pipeline.stages.journey import Hands, Parts
from pipeline.store.connect import JournalUnreachable
from pipeline.version import own_host, own_version, revision

log = structlog.get_logger()


async def work(first: WorkerSettings, *others: WorkerSettings, probation: Pace = PACE) -> None:
    """Runs until cancelled; runs under way are then parked in the journal for the next start.

    Raises ConfigurationError, EngineUnreachable and JournalUnreachable when a helper is away at the start, or
    the first project cannot be served. One of the others that cannot be is told of and tried again.
    """
    show_in(first.zone)
    check_for_all(first)
    async with machine() as shared:
        hands = await hands_for(first, shared)
        await claim(hands)
        async with _journal(hands, others, shared) as parts, asyncio.TaskGroup() as group:
            await parts.store.processes.begin("worker", own_host(), own_version(), revision())
            group.create_task(_check_branch(parts), name="check-branch")
            group.create_task(_serve_first(parts, probation, alone=not others), name=first.project_name)
            group.create_task(keep_folding(parts.store, first.events_days), name="fold")
            keep = Keep(log_days=first.log_days, reports=first.coverage_reports)
            group.create_task(keep_clearing(parts.store, parts.layout, keep), name="clear")
            beside = Beside(shared=shared, store=parts.store, probation=probation)
            for settings in others:
                group.create_task(keep_serving(beside, settings), name=settings.project_name)


async def _serve_first(parts: Parts, probation: Pace, *, alone: bool) -> None:
    if not alone:
        structlog.contextvars.bind_contextvars(project=parts.settings.project_name)
    await serve(parts, probation=probation, whole=True)


async def _check_branch(parts: Parts) -> None:
    """Beside the rest: a run that was cut does not wait for a remote that is slow or away."""
    try:
        await check_branch(parts)
    except RemoteUnreachable as error:
        log.warning("remote_unreachable", problem=error.what)


@contextlib.asynccontextmanager
async def _journal(hands: Hands, others: Sequence[WorkerSettings], shared: Machine) -> AsyncIterator[Parts]:
    """The journal; where a switch that was cut had taken it down, it is brought back first."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(with_journal(hands))
        except JournalUnreachable:
            if not await _revived(hands, others, shared):
                raise
            parts = await stack.enter_async_context(with_journal(hands))
        yield parts


async def _revived(hands: Hands, others: Sequence[WorkerSettings], shared: Machine) -> bool:
    """Whichever project's switch it was."""
    if await revive(hands):
        return True
    for settings in others:
        try:
            other = await hands_for(settings, shared)
        except PipelineError as error:
            log.warning("project_not_looked_at", project=settings.project_name, problem=error.what)
            continue
        if await revive(other):
            return True
    return False
