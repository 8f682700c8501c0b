"""Projects beside the first one: what is wrong with one of them is told and tried again, and keeps no other
from being served."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.engine.probation.watching import Pace
from pipeline.model.alert import BRANCH, SERVING, Problem, Severity
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.parts import Machine, check_branch, claim, hands_for, parts_for
from pipeline.serving import serve
from pipeline.settings import WorkerSettings
from pipeline.stages.journey import Parts
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.watching.telling import Telling

BRANCH_SECONDS = 300.0
_RETRY_SECONDS = 5.0
_RETRY_MOST = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the projects have in common."""

    shared: Machine
    store: Store
    probation: Pace


async def keep_serving(beside: Beside, settings: WorkerSettings) -> None:
    """Until cancelled. What cannot be served now is an alert of the project, and tried again."""
    structlog.contextvars.bind_contextvars(project=settings.project_name)
    pause = _RETRY_SECONDS
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await _serve(beside, settings)
        except Exception as problem:
            pass_on_cancellation()
            error = first_of(problem)
            away = is_away(error)
            trace = None if away or isinstance(error, PipelineError) else problem
            log.warning("project_not_served", problem=str(error) or type(error).__name__, exc_info=trace)
            if not away:  # a journal that is away can be told nothing
                await _tell(beside, settings, error)
        if asyncio.get_running_loop().time() - began > _RETRY_MOST:
            pause = _RETRY_SECONDS
        await asyncio.sleep(pause)
        pause = min(pause * 2, _RETRY_MOST)


async def _serve(beside: Beside, settings: WorkerSettings) -> None:
    """Raises what keeps the project from being served."""
    hands = await hands_for(settings, beside.shared)
    await claim(hands)
    parts = parts_for(hands, beside.store)
    telling = await _telling(beside, settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_checking_branch(parts, telling), name="check-branch")
        group.create_task(serve(parts, probation=beside.probation, whole=False), name="serve")


async def _keep_checking_branch(parts: Parts, telling: Telling) -> None:
    """Until the repository has the branch. Meanwhile all but a deploy of it works: nothing waits for it."""
    while True:
        try:
            await check_branch(parts)
            await telling.settle(BRANCH, [], _now())
        except ConfigurationError as error:
            log.warning("branch_not_there", problem=error.what)
            try:
                await telling.settle(BRANCH, [no_branch(error)], _now())
            except LOST as lost:
                pass_on_cancellation()
                log.warning("branch_not_told", problem=str(lost) or type(lost).__name__)
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("branch_not_checked", problem=str(error) or type(error).__name__)
        else:
            return
        await asyncio.sleep(BRANCH_SECONDS)


async def _tell(beside: Beside, settings: WorkerSettings, error: Exception) -> None:
    try:
        telling = await _telling(beside, settings)
        await telling.settle(SERVING, [not_served(settings.project_name, error)], _now())
    except LOST as lost:
        pass_on_cancellation()
        log.warning("trouble_not_told", problem=str(lost) or type(lost).__name__)


async def _telling(beside: Beside, settings: WorkerSettings) -> Telling:
    row = await beside.store.releases.project(settings.project_name, settings.git_url, settings.git_branch)
    return Telling(beside.store, row.id)


def first_of(error: Exception) -> Exception:
    """What is at the bottom of it, where several tasks ended together."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def is_away(error: Exception) -> bool:
    """Whether it says that PostgreSQL is away; what a disk refuses is told with the file's name."""
    return isinstance(error, LOST) and getattr(error, "filename", None) is None


def not_served(project: str, error: Exception) -> Problem:
    """The alert that a project gets which the worker cannot serve."""
    if isinstance(error, PipelineError):
        what = error.what
        advice = (
            f"Correct {error.key}. A compose file is looked at again within a minute; after a change of"
            " .env.vnext start worker and bot anew."
            if isinstance(error, ConfigurationError)
            else error.advice
        )
    else:
        what = f"An unforeseen error: {type(error).__name__}: {error}."
        advice = (
            "It is tried again. This is a fault of the controller: please report it with the worker's log."
        )
    return Problem(
        fingerprint="not-served",
        severity=Severity.CRITICAL,
        title="The worker cannot serve it",
        what=what,
        production=f"What runs of {project} goes on, but nothing watches it, and no run of it begins.",
        advice=advice,
    )


def no_branch(error: ConfigurationError) -> Problem:
    return Problem(
        fingerprint="branch",
        severity=Severity.WARNING,
        title="The watched branch is not there",
        what=error.what,
        production="It is not touched by this; a deploy of the branch fails, and pushes are not seen.",
        advice=f"Push the branch, or correct {error.key} and start worker and bot anew.",
    )


def _now() -> datetime:
    return datetime.now(UTC)
