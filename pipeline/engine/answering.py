"""Answers the bot's inquiries: the bot reaches no Docker. Beside the runs, so also while one is under way."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.container import Container
from pipeline.containers.tail import tail
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import MOST_CHARACTERS, MOST_LINES, Inquiry, LogsFound, LogsWanted, NotFound
from pipeline.model.release import ProjectId
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import containers
from pipeline.store.connect import LOST
from pipeline.store.listen import INQUIRIES

LOOK_SECONDS = 8.0
"""Less than the bot waits, so that it hears what went wrong."""

log = structlog.get_logger()


async def keep_answering(parts: Parts, project: ProjectId) -> None:
    """Until cancelled. An inquiry that cannot be answered is told why; no run waits for it."""
    async with parts.store.news.subscribe(INQUIRIES) as news:
        while True:
            try:
                await parts.store.inquiries.forget()
                while inquiry := await parts.store.inquiries.take(project):
                    await parts.store.inquiries.answer(inquiry.id, await answer(parts, inquiry))
            except LOST as error:
                pass_on_cancellation()
                log.warning("inquiries_wait", problem=str(error))
            except Exception:
                pass_on_cancellation()
                log.exception("inquiry_failed")
            await news.wait()


async def answer(hands: Hands, inquiry: Inquiry) -> LogsFound | NotFound:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await logs(hands, inquiry.wanted)
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


def of_service(found: list[Container], service: str) -> list[Container]:
    """By the name in the compose file, or by the label deployment.service."""
    return [container for container in found if service in (container.service, container.label)]


def no_service(service: str, found: list[Container]) -> NotFound:
    names = sorted({container.label or container.service or container.name for container in found})
    if not names:
        return NotFound(what="The application has no container here.", advice="See /status, then deploy.")
    return NotFound(
        what=f"There is no service {service[:60]!r}.", advice="Choose one of these:", services=names
    )
