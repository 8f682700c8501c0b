"""The one use case behind every command and button that starts something: ask the worker for a run."""

from __future__ import annotations

from datetime import UTC, datetime

from aiogram.types import CallbackQuery, Message

from bot.answer import Answer
from bot.cards.help import refusal
from pipeline.going_back import release_to_go_back_to
from pipeline.model.errors import ActiveRun, PipelineError
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind, Source
from pipeline.store.store import Store
from pipeline.wording.words import KIND


async def ask(
    store: Store,
    project: Project,
    kind: RunKind,
    *,
    by: str,
    key: str,
    target: str | None = None,
    source: Source = Source.TELEGRAM,
) -> Run:
    """Asking twice with one key starts one run. Raises ActiveRun, CannotGoBack."""
    if (known := await store.runs.asked_by(key)) is not None:
        return known
    if kind is RunKind.ROLLBACK:
        goal = await release_to_go_back_to(store.releases, project.id, target, datetime.now(UTC))
        target = str(goal.id) if target else None
    return await store.runs.request(project.id, kind, source=source, by=by, target=target, key=key)


def message_key(message: Message) -> str:
    """Message ids of another bot, or of a chat begun anew, are told apart by bot and time."""
    bot = message.bot.id if message.bot else 0
    return f"message:{bot}:{message.message_id}:{message.date.timestamp():.0f}"


def tap_key(query: CallbackQuery) -> str:
    return f"tap:{query.id}"


def asked(run: Run) -> Answer:
    """What a tap is told; the run's card says the rest."""
    return Answer(toast=f"{KIND[run.kind]} asked for: run {run.id}.")


def refused(error: PipelineError) -> Answer:
    """For a typed command."""
    return Answer(card=refusal(error))


def refused_tap(error: PipelineError) -> Answer:
    """For a tap, as a box of at most 200 characters."""
    if isinstance(error, ActiveRun):
        stage = f" at stage {error.stage}" if error.stage else ""
        return Answer(
            toast=f"Not started: run {error.run_id} ({error.kind}) is under way{stage}"
            f" since {error.since:%H:%M} UTC.",
            alert=True,
        )
    return Answer(toast=f"Not started: {error.what}", alert=True)
