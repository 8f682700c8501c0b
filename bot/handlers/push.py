"""Deploy and Skip on the card of a push."""

from __future__ import annotations

from typing import assert_never

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.callbacks import PushAnswer, PushTap
from bot.requests import ask, asked, refused_tap
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import PushState, RunKind, Source
from pipeline.store.chat import Push, PushId
from pipeline.store.store import Store


async def answered(
    _query: CallbackQuery, callback_data: PushTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    push = await store.pushes.get(PushId(callback_data.push))
    if push is None or push.project_id != project.id:
        return Answer(toast="This push is not known.")
    if push.state is not PushState.SEEN:
        return Answer(toast=too_late(push))
    if callback_data.answer is PushAnswer.SKIP:
        await store.pushes.answer(push.id, PushState.SKIPPED)
        return Answer(toast="Skipped.")
    try:
        run = await ask(
            store,
            project,
            RunKind.DEPLOY,
            by=event_from_user,
            key=f"push:{push.id}",
            target=push.sha,
            source=Source.PUSH,
        )
    except PipelineError as error:
        return refused_tap(error)
    await store.pushes.answer(push.id, PushState.DEPLOYED, run.id)
    return asked(run)


def too_late(push: Push) -> str:
    """Why a tap changed nothing."""
    match push.state:
        case PushState.DEPLOYED:
            return f"Deployed already: run {push.run_id}."
        case PushState.SKIPPED:
            return "Skipped already. /deploy deploys it all the same."
        case PushState.SUPERSEDED:
            return "A newer push took its place."
        case PushState.SEEN:
            return "That did not arrive. Please tap once more."
        case _:
            assert_never(push.state)


def setup() -> Router:
    router = Router(name="push")
    router.callback_query.register(answered, PushTap.filter())
    return router
