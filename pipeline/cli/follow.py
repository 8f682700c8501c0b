"""Asks the worker for a run and follows it to its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.cancelling import pass_on_cancellation
from pipeline.cli.gate import Gate
from pipeline.cli.operator import operator
from pipeline.cli.question import typed
from pipeline.cli.shows import Show, chosen, on_terminal
from pipeline.cli.way_back import Way, kind_and_target
from pipeline.cli.which import vnext
from pipeline.freeze import Freeze
from pipeline.going_back import release_to_go_back_to
from pipeline.model.errors import PipelineError
from pipeline.model.moment import second
from pipeline.model.release import Project, RunId
from pipeline.model.run import RunView
from pipeline.model.states import RunKind, Source
from pipeline.report.between import between
from pipeline.settings import WorkerSettings
from pipeline.store.connect import LOST
from pipeline.store.store import Store, open_store
from pipeline.wording.markup import clean
from pipeline.wording.words import WORKER_SILENT

STOPPED = 130
"""The exit code where the following ended and the run goes on, as a shell gives it for Ctrl-C."""

_LOOK_SECONDS = 1.0  # durations on the screen move on without news
_AWAY_SECONDS = 300.0
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """`target` is a branch or SHA; for a rollback or its drill a release's number or the beginning of its
    commit; for a restore a backup's number or `undo`. `way` is what was said of the data for a rollback."""

    kind: RunKind
    target: str | None
    sure: bool
    follow: bool
    as_json: bool
    way: Way | None = None
    despite_freeze: bool = False


async def ask_and_follow(settings: WorkerSettings, wish: Wish) -> int:
    """The run's exit code. Raises ActiveRun, CannotGoBack, ChoiceWanted, JournalUnreachable."""
    show = chosen(as_json=wish.as_json)
    async with open_store(settings.journal) as store:
        project = await store.releases.project(settings.project_name, settings.git_url, settings.git_branch)
        kind, target = await _meant(store, project, wish)
        run = await store.runs.request(project.id, kind, source=Source.CLI, by=operator(), target=target)
        show.begin(await store.runs.view(run.id))
        if not wish.follow:
            show.notice(f"It goes on without this command. Its end: vnext report {run.id}")
            return 0
        try:
            return await _follow(store, run.id, show, wish, settings.freezes)
        except asyncio.CancelledError:
            show.close()
            show.notice(
                f"\nStopped following; run {run.id} goes on."
                f" {vnext('status')} shows it, {vnext('cancel')} calls it off."
            )
            return STOPPED


def _asks_here(wish: Wish) -> bool:
    return not wish.as_json and on_terminal()


async def _meant(store: Store, project: Project, wish: Wish) -> tuple[RunKind, str | None]:
    """For a rollback: whether the data comes too, and the number of the release."""
    if wish.kind is RunKind.ROLLBACK_DRILL:
        goal = await release_to_go_back_to(store.releases, project.id, wish.target, _now())
        return wish.kind, str(goal.id)
    if wish.kind is not RunKind.ROLLBACK:
        return wish.kind, wish.target
    ask = typed if _asks_here(wish) and not wish.sure else None
    return await kind_and_target(store.releases, project.id, wish.target, wish.way, _now(), ask)


async def _follow(store: Store, run: RunId, show: Show, wish: Wish, freeze: Freeze) -> int:
    typed = asyncio.Event()
    sure, terminal, despite = wish.sure, _asks_here(wish), wish.despite_freeze
    gate = Gate(store, show, _now, typed.set, freeze, sure=sure, terminal=terminal, despite_freeze=despite)
    said: set[str] = set()
    async with store.news.subscribe() as news, _closing(gate):
        while True:
            view = await _view(store, run)
            if not gate.asks:
                show.change(view, _now())
            if view.run.state.final:
                await gate.close()
                show.end(view, await between(store.releases, view.run))
                return int(view.run.exit_code or 0)
            try:
                for notice in [text for text in await _notices(store, view) if text not in said]:
                    said.add(notice)
                    show.notice(notice)
                await gate.look(await store.approvals.of_run(run))
            except LOST:
                pass_on_cancellation()
                continue  # the next look waits for PostgreSQL, and says so where it stays away
            hearing = asyncio.create_task(news.wait(_LOOK_SECONDS))
            typing = asyncio.create_task(typed.wait())
            try:
                await asyncio.wait({hearing, typing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                hearing.cancel()
                typing.cancel()
            typed.clear()


@contextlib.asynccontextmanager
async def _closing(gate: Gate) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await gate.close()


async def _view(store: Store, run: RunId) -> RunView:
    """Waits for PostgreSQL where that goes away meanwhile. Raises PipelineError after five minutes of it."""
    until = asyncio.get_running_loop().time() + _AWAY_SECONDS
    while True:
        try:
            return await store.runs.view(run)
        except LOST as error:
            pass_on_cancellation()
            if asyncio.get_running_loop().time() >= until:
                raise PipelineError(
                    f"The journal has been away for five minutes ({type(error).__name__}).",
                    production=f"Run {run} goes on without this command.",
                    advice=f"See that PostgreSQL runs, then {vnext('status')}.",
                ) from error
            await asyncio.sleep(_PAUSE_SECONDS)


async def _notices(store: Store, view: RunView) -> list[str]:
    """What keeps the run waiting besides its stages."""
    run, found = view.run, []
    seen = await store.releases.observation(run.project_id)
    quiet = _now() - (seen.at if seen else run.requested_at)
    if quiet > WORKER_SILENT:
        since = f"since {second(seen.at)}" if seen else "so far"
        found.append(f"The worker has told nothing {since}; the run goes on once it is there.")
    question = await store.questions.of_run(run.id)
    if question and question.answer is None:
        found.append(
            f"The run was cut at {question.stage} and waits for an answer in the chat: {clean(question.what)}"
        )
    return found


def _now() -> datetime:
    return datetime.now(UTC)
