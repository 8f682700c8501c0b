"""The buttons on the card of a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import QuestionTap
from bot.cards.question import label
from pipeline.model.question import Question
from pipeline.model.release import Project
from pipeline.store.store import Store
from pipeline.wording.words import clock


async def answered(
    _query: CallbackQuery,
    callback_data: QuestionTap,
    event_from_user: User,
    store: Store,
    project: Project,
    now: Callable[[], datetime],
) -> Answer:
    by, nonce = shown_name(event_from_user), callback_data.nonce
    asked = await store.questions.by_nonce(nonce)
    if asked is None or (await store.runs.get(asked.run_id)).project_id != project.id:
        return Answer(toast=too_late(None, now()))
    question = await store.questions.answer(nonce, callback_data.way, by)
    if question is not None:
        return Answer(toast=f"Chosen: {label(question, callback_data.way)}.", run=question.run_id)
    found = await store.questions.by_nonce(nonce)
    ended = found is not None and (await store.runs.get(found.run_id)).state.final
    return Answer(toast=too_late(found, now(), ended=ended), run=found.run_id if found else None)


def too_late(question: Question | None, now: datetime, *, ended: bool = False) -> str:
    """Why a tap changed nothing. `ended`: the run has."""
    if question is None:
        return "This question is not known. /status shows what runs."
    if question.answer is not None and question.answered_by is not None:
        at = f" at {clock(question.answered_at)}" if question.answered_at else ""
        return f"Answered already by {question.answered_by}{at}: {label(question, question.answer)}."
    if question.answer is not None or question.expires_at <= now:
        meant = label(question, question.fallback)
        return f"Too late: nobody answered until {clock(question.expires_at)}. That means: {meant}."
    if ended:
        return "The run has ended meanwhile. /status shows what serves."
    return "That did not arrive. Please tap once more."


def setup() -> Router:
    router = Router(name="question")
    router.callback_query.register(answered, QuestionTap.filter())
    return router
