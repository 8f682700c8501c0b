"""Answers the bot's inquiries: the bot reaches no Docker. Beside the runs, so also while one is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, assert_never

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.containers.tail import tail
from pipeline.engine.of_service import no_service, of_service
from pipeline.engine.restarting import carry_out
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import (
    MOST_CHARACTERS,
    MOST_LINES,
    Found,
    LogsFound,
    LogsWanted,
    NotFound,
    PlanFound,
    PlanWanted,
    RestartWanted,
)
from pipeline.model.release import ProjectId
from pipeline.stages.foresee import foresee
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST
from pipeline.store.inquiries import KINDS
from pipeline.store.listen import INQUIRIES

LOOK_SECONDS = 8.0
"""Less than the bot waits, so that it hears what went wrong."""

PLAN_SECONDS = 60.0
"""Likewise, for a plan."""

log = structlog.get_logger()


async def keep_answering(parts: Parts, project: ProjectId) -> None:
    """Until cancelled. An inquiry that cannot be answered is told why; no run waits for it, and quick ones do
    not wait for a slow one."""
    steps: list[Callable[[], Coroutine[Any, Any, None]]] = [
        parts.store.inquiries.forget,
        *(partial(_answer_all, parts, project, kind) for kind in KINDS),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_keep(parts, step)) for step in steps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(tasks)


async def _keep(parts: Parts, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with parts.store.news.subscribe(INQUIRIES) as news:
        while True:
            try:
                await step()
            except LOST as error:
                pass_on_cancellation()
                log.warning("inquiries_wait", problem=str(error))
            except Exception:
                pass_on_cancellation()
                log.exception("inquiry_failed")
            await news.wait()


async def _answer_all(parts: Parts, project: ProjectId, kind: str) -> None:
    while inquiry := await parts.store.inquiries.take(project, [kind]):
        if isinstance(inquiry.wanted, RestartWanted):
            await carry_out(parts, inquiry, inquiry.wanted)
        else:
            found = await answer(parts, inquiry.project_id, inquiry.wanted)
            await parts.store.inquiries.answer(inquiry.id, found)


async def answer(parts: Parts, project: ProjectId, wanted: LogsWanted | PlanWanted) -> Found:
    match wanted:
        case LogsWanted():
            return await _answered(
                parts,
                logs(parts, wanted),
                LOOK_SECONDS,
                late=f"Docker did not hand the lines over within {LOOK_SECONDS:g} seconds.",
            )
        case PlanWanted():
            return await _answered(
                parts,
                plan(parts, project, wanted),
                PLAN_SECONDS,
                late=f"The plan was not ready within {PLAN_SECONDS:g} seconds.",
            )
        case _:
            assert_never(wanted)


async def _answered(hands: Hands, found: Awaitable[Found], seconds: float, *, late: str) -> Found:
    """What there is, or why there is nothing in time."""
    try:
        async with asyncio.timeout(seconds):
            return await found
    except TimeoutError:
        advice = "Try again in a moment; where it stays so, look at Docker on the server."
        return NotFound(what=late, advice=advice)
    except PipelineError as error:
        return NotFound(what=hands.redact(error.what), advice=error.advice)


async def plan(parts: Parts, project: ProjectId, wanted: PlanWanted) -> PlanFound:
    """What a deploy would do now. Raises as foresee does."""
    of = await parts.store.releases.project_by_id(project)
    found = await foresee(parts, of, wanted.target)
    return PlanFound(plan=found.plan, compose_changes=found.compose_changes, tests=found.tests)


async def logs(hands: Hands, wanted: LogsWanted) -> LogsFound | NotFound:
    """The newest lines of a service; of several containers each in turn, its name before its lines.

    Raises EngineUnreachable, EngineRefused.
    """
    found = await containers(hands)
    chosen = sorted(of_service(found, wanted.service), key=lambda container: container.name)
    if not chosen:
        return no_service(wanted.service, found)
    lines = -(-min(wanted.lines, MOST_LINES) // len(chosen))
    room = MOST_CHARACTERS // len(chosen)
    tails = [await tail(hands.engine, each.id, lines, room, hands.redact) for each in chosen]
    named = len(chosen) > 1
    return LogsFound(
        lines=[
            f"{each.name} | {line}" if named else line
            for each, part in zip(chosen, tails, strict=True)
            for line in part.lines
        ],
        left_out=any(part.left_out for part in tails),
        older=any(len(part.lines) >= lines for part in tails),
    )
