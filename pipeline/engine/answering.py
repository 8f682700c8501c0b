"""Answers the bot's inquiries: the bot reaches no Docker. Beside the runs, so also while one is under way."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.tail import tail
from pipeline.engine.of_service import no_service, of_service
from pipeline.engine.restarting import carry_out
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import (
    MOST_CHARACTERS,
    MOST_LINES,
    LogsFound,
    LogsWanted,
    NotFound,
    RestartWanted,
)
from pipeline.model.release import ProjectId
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST
from pipeline.store.listen import INQUIRIES

LOOK_SECONDS = 8.0
"""Less than the bot waits, so that it hears what went wrong."""

log = structlog.get_logger()


async def keep_answering(parts: Parts, project: ProjectId) -> None:
    """Until cancelled. An inquiry that cannot be answered is told why; no run waits for it, and no other
    inquiry for a restart."""
    async with parts.store.news.subscribe(INQUIRIES) as news, asyncio.TaskGroup() as restarts:
        while True:
            try:
                await parts.store.inquiries.forget()
                while inquiry := await parts.store.inquiries.take(project):
                    if isinstance(inquiry.wanted, RestartWanted):
                        restarts.create_task(carry_out(parts, inquiry, inquiry.wanted), name="restart")
                    else:
                        await parts.store.inquiries.answer(inquiry.id, await answer(parts, inquiry.wanted))
            except LOST as error:
                pass_on_cancellation()
                log.warning("inquiries_wait", problem=str(error))
            except Exception:
                pass_on_cancellation()
                log.exception("inquiry_failed")
            await news.wait()


async def answer(hands: Hands, wanted: LogsWanted) -> LogsFound | NotFound:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await logs(hands, wanted)
    except TimeoutError:
        return NotFound(
            what=f"Docker did not hand the lines over within {LOOK_SECONDS:g} seconds.",
            advice="Try again in a moment; where it stays so, look at Docker on the server.",
        )
    except PipelineError as error:
        return NotFound(what=hands.redact(error.what), advice=error.advice)


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
