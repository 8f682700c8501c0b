"""The one use case behind every command and button that starts something: ask the worker for a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aiogram.types import CallbackQuery, Message, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.cards.choosing import asked_card
from bot.cards.help import refusal
from pipeline.going_back import data_to_go_back_to, release_to_go_back_to, ways_back
from pipeline.model.errors import ActiveRun, PipelineError
from pipeline.model.move import WaysBack
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind, Source
from pipeline.store.store import Store
from pipeline.wording.words import KIND, clock


async def ask(
    store: Store,
    project: Project,
    kind: RunKind,
    *,
    by: User,
    key: str,
    target: str | None = None,
    source: Source = Source.TELEGRAM,
) -> Run:
    """Asking twice with one key starts one run. Raises ActiveRun, CannotGoBack."""
    if (known := await store.runs.asked_by(key)) is not None:
        return known
    if kind.names_a_release:
        goal = await release_to_go_back_to(store.releases, project.id, target, datetime.now(UTC))
        target = str(goal.id) if target else None
        if kind is RunKind.REWIND:
            await data_to_go_back_to(store.releases, goal)
    return await store.runs.request(
        project.id, kind, source=source, by=shown_name(by), by_id=by.id, target=target, key=key
    )


async def go_back(
    store: Store,
    project: Project,
    *,
    by: User,
    key: str,
    now: datetime,
    target: str | None = None,
    choose: bool = False,
) -> Run | WaysBack:
    """The run of a rollback; where the schema moved so that the data may be wanted too, or with `choose`, the
    ways that Master is to choose from first. Raises ActiveRun, CannotGoBack."""
    if (known := await store.runs.asked_by(key)) is not None:
        return known
    ways = await ways_back(store.releases, project.id, target, now)
    if ways.asks or choose:
        return ways
    return await ask(store, project, RunKind.ROLLBACK, by=by, key=key, target=target)


def message_key(message: Message) -> str:
    """Message ids of another bot, or of a chat begun anew, are told apart by bot and time."""
    bot = message.bot.id if message.bot else 0
    return f"message:{bot}:{message.message_id}:{message.date.timestamp():.0f}"


def tap_key(query: CallbackQuery) -> str:
    return f"tap:{query.id}"


def asked(run: Run) -> Answer:
    """What a tap is told; the run's card says the rest."""
    return Answer(toast=f"{KIND[run.kind]} asked for: run {run.id}.", run=run.id)


def asked_from_a_list(run: Run, what: str) -> Answer:
    """Likewise, and in the place of the list. `what` is HTML."""
    return replace(asked(run), card=asked_card(run, what), edit=True)


def refused(error: PipelineError) -> Answer:
    """For a typed command."""
    return Answer(card=refusal(error), run=error.run_id if isinstance(error, ActiveRun) else None)


def refused_tap(error: PipelineError) -> Answer:
    """For a tap, as a box of at most 200 characters."""
    if isinstance(error, ActiveRun):
        stage = f" at stage {error.stage}" if error.stage else ""
        return Answer(
            toast=f"Not started: run {error.run_id} ({error.kind}) is under way{stage}"
            f" since {clock(error.since)}.",
            alert=True,
            run=error.run_id,
        )
    return Answer(toast=f"Not started: {error.what}", alert=True)
