"""`python -m pipeline rollback --local`: with worker, journal and chat all down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import click

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.cli.operator import operator
from pipeline.cli.question import confirmed
from pipeline.engine.catch_up import catch_up
from pipeline.engine.ending import Ending
from pipeline.engine.local import carry
from pipeline.engine.local_ending import Unproven, cut, superseded
from pipeline.engine.local_file import Began, LocalRun, local_runs
from pipeline.engine.local_look import Outlook, answers, keep_both, look
from pipeline.engine.local_pair import refuse_inside, stopped_pair
from pipeline.engine.lock import Lock, hold, itself
from pipeline.engine.lockfile import LockFile, locked
from pipeline.model.errors import PipelineError
from pipeline.model.executor import Held
from pipeline.model.moment import second
from pipeline.model.results import Approved
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from pipeline.of_project import CONTROLLER
from pipeline.parts import equip, with_journal
from pipeline.process import inheriting
from pipeline.settings import WorkerSettings
from pipeline.stages.journey import Hands
from pipeline.stages.kept import named
from pipeline.stages.live import containers

NAME = "rollback --local"
_TELL_SECONDS = 20.0
T = TypeVar("T")


class Moved(PipelineError):
    """Production is no longer as the question said."""

    exit_code = ExitCode.NOT_APPROVED


async def roll_back(settings: WorkerSettings, target: str | None, *, sure: bool) -> ExitCode:
    """Raises PipelineError where nothing was begun, Held where another executor lives."""
    under_way: list[LocalRun] = []
    try:
        async with equip(settings) as hands:
            itself = settings.project_name == CONTROLLER
            outlook = await (_looked_at_itself if itself else _looked)(hands, target)
            _show(outlook)
            if not sure and not await confirmed():
                return ExitCode.NOT_APPROVED
            async with contextlib.AsyncExitStack() as stack:
                pair = await stack.enter_async_context(stopped_pair(hands, click.echo)) if itself else None
                lock = await stack.enter_async_context(_lock(hands, with_journal=True))
                with inheriting(lock.file.descriptor):
                    run = await _begin(hands, target, outlook, "--yes" if sure else "the terminal")
                    under_way.append(run)
                    if pair is not None:
                        pair.begun = True
                    how = await _while_held(lock, carry(hands, run, _Progress(lock.file).tell))
            code = _result(run, how)
            if isinstance(how, Ending):
                await _tell_journal(hands)
            return code
    except asyncio.CancelledError:
        return _stopped(under_way[0] if under_way else None, of_itself=settings.project_name == CONTROLLER)


async def _looked(hands: Hands, target: str | None) -> Outlook:
    async with _lock(hands, with_journal=False):
        return await look(hands, target, _unfinished(hands))


async def _looked_at_itself(hands: Hands, target: str | None) -> Outlook:
    """Beside the worker, which holds the lock and is stopped only for a person who said yes."""
    refuse_inside(await containers(hands))
    return await look(hands, target, _unfinished(hands))


@contextlib.asynccontextmanager
async def _lock(hands: Hands, *, with_journal: bool) -> AsyncIterator[Lock]:
    """The executor's lock: on disk, and in PostgreSQL where that can be had. Raises Held."""
    settings, locks = hands.settings, hands.layout.locks
    async with contextlib.AsyncExitStack() as stack:
        lock = None
        if with_journal and await answers(settings.journal):
            try:
                lock = await stack.enter_async_context(
                    hold(locks, settings.project_name, NAME, settings.journal)
                )
            except Held:
                raise
            except Exception as problem:  # whatever is wrong there, the lock on disk is left
                pass_on_cancellation()
                click.echo(f"The journal cannot be used ({problem}); the lock on disk alone is held.")
        if lock is None:
            alone = locked(locks, settings.project_name, itself(NAME))
            lock = Lock(await stack.enter_async_context(alone))
        yield lock


async def _while_held(lock: Lock, acting: Coroutine[Any, Any, T]) -> T:
    """Broken off where another executor has taken over. Raises PipelineError then."""
    act, losing = asyncio.create_task(acting), asyncio.create_task(lock.lost.wait())
    try:
        await asyncio.wait({act, losing}, return_when=asyncio.FIRST_COMPLETED)
        if act.done():
            return act.result()
    finally:
        await end([act, losing])
    raise PipelineError(
        "Another executor has taken the project over meanwhile.",
        production="That one decides about production now.",
        advice="See what holds the project before anything else.",
    )


def _unfinished(hands: Hands) -> LocalRun | None:
    """The newest rollback of this kind, if it has no end yet."""
    runs = local_runs(hands.layout.by_hand)
    return runs[-1] if runs and runs[-1].ending is None else None


async def _begin(hands: Hands, target: str | None, shown: Outlook, how: str) -> LocalRun:
    """The intent is on disk when it returns. Raises Moved, PipelineError where the disk refuses it."""
    stopped = hands.settings.project_name == CONTROLLER
    now = await look(hands, target, _unfinished(hands), running=shown.running if stopped else None)
    if now.essence != shown.essence:
        raise Moved(
            "Production changed since the plan was shown.",
            advice="Run the command again to see what is there.",
        )
    try:
        if now.goes_on:
            run = now.goes_on
        else:
            goal, before = await keep_both(hands, now)
            began = Began(at=hands.clock(), by=operator(), target=target, goal=goal, before=before)
            run = LocalRun.begin(hands.layout.by_hand, began)
    except OSError as error:
        raise PipelineError(
            f"What is about to be done cannot be kept on disk: {error}.",
            advice="See that STATE_DIR is writable and has room, then run the command again.",
        ) from error
    for older in local_runs(hands.layout.by_hand):
        if older.ending is None and older.key != run.key:
            older.end(superseded(older, f"{operator()} chose another release"), hands.clock())
    run.step(StageName.APPROVE, StageState.RUNNING, hands.clock())
    approved = Approved(by=f"{operator()} by {how}", at=hands.clock())
    run.step(StageName.APPROVE, StageState.SUCCEEDED, hands.clock(), result=approved)
    return run


class _Progress:
    """A plain line for each piece of news, and the holder's file says where it is."""

    def __init__(self, lock: LockFile) -> None:
        self._lock = lock
        self._last: tuple[StageName, str] | None = None
        self._stage: StageName | None = None

    def tell(self, stage: StageName, line: str) -> None:
        if stage is not self._stage:
            self._stage = stage
            self._lock.tell(f"{NAME} at stage {stage}")
        if (stage, line) != self._last:
            self._last = (stage, line)
            click.echo(f"{stage:<8} {line}")


def _show(outlook: Outlook) -> None:
    before = named(outlook.before) if outlook.before else "nothing"
    state = "" if outlook.running or not outlook.before else ", and not all of it runs"
    click.echo("Rollback on this machine, without the worker")
    if outlook.goes_on:
        began = outlook.goes_on.began
        click.echo(f"  Goes on:    the one that {began.by} began at {second(began.at)}")
    click.echo(f"  In place:   {before}{state}")
    click.echo(f"  Comes back: {named(outlook.goal)}")
    click.echo(f"  Services:   {', '.join(outlook.services)}")
    click.echo(f"  Schema:     {outlook.schema}")
    for warning in outlook.warnings:
        click.echo(f"  Warning:    {warning}")


def _result(run: LocalRun, how: Ending | Unproven) -> ExitCode:
    if isinstance(how, Unproven):
        _say(how.failure)
        return ExitCode.SMOKE_FAILED
    if how.state is RunState.SUCCEEDED:
        click.echo(f"Rolled back: {run.began.goal.short_sha} serves now and passed its checks.")
    elif how.failure:
        _say(how.failure)
    return how.code


def _say(failure: Failure) -> None:
    if failure.log:
        click.echo(failure.log, err=True)
    click.echo(f"{failure.what} {failure.production} {failure.advice}", err=True)


def _stopped(run: LocalRun | None, *, of_itself: bool) -> ExitCode:
    if run is None:
        click.echo("Stopped. Nothing was begun: production was not touched.", err=True)
        return ExitCode.NOT_APPROVED
    if run.ending is not None:
        click.echo("Stopped while the journal was being told; the worker tells it.", err=True)
        return run.ending.code
    error = cut(run, of_itself=of_itself)
    click.echo(str(error), err=True)
    return error.exit_code


async def _tell_journal(hands: Hands) -> None:
    """At once where the journal is there; otherwise the worker does it when it starts."""
    settings = hands.settings
    if settings.project_name == CONTROLLER:  # its worker is there again, and of the code that fits the schema
        click.echo("The worker tells the journal.")
        return
    try:
        if not await answers(settings.journal):
            raise TimeoutError("PostgreSQL does not answer")  # noqa: TRY301 - told as the others are
        async with (
            asyncio.timeout(_TELL_SECONDS),
            hold(hands.layout.locks, settings.project_name, NAME, settings.journal),
            with_journal(hands) as parts,
        ):
            project = await parts.store.releases.project(
                settings.project_name, settings.git_url, settings.git_branch
            )
            told = await catch_up(parts, project)
    except Exception as problem:  # production is what counts; the file stays until the journal knows it
        pass_on_cancellation()
        click.echo(f"The journal was not told yet ({problem}); a worker does so when it starts.")
        return
    click.echo(f"The journal knows it as run {told}." if told else "The journal knows it.")
