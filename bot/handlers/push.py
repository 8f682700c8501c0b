"""Deploy, Skip and Plan on the card of a push."""

from __future__ import annotations

from typing import assert_never

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.callbacks import PushAnswer, PushTap
from bot.place import Place
from bot.requests import ask, asked, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.inquiry import PlanWanted
from pipeline.model.push import Push, PushId
from pipeline.model.release import Project
from pipeline.model.states import PushState, RunKind, Source
from pipeline.store.store import Store
from pipeline.wording.words import short


async def answered(
    query: CallbackQuery,
    callback_data: PushTap,
    event_from_user: User,
    store: Store,
    project: Project,
    place: Place,
) -> Answer:
    push = await store.pushes.get(PushId(callback_data.push))
    if push is None or push.project_id != project.id:
        return Answer(toast="This push is not known.")
    if push.state is not PushState.SEEN:
        return await _late(store, push)
    match callback_data.answer:
        case PushAnswer.DEPLOY:
            return await _deploy(store, project, push, event_from_user)
        case PushAnswer.SKIP:
            if await store.pushes.answer(push.id, PushState.SKIPPED) is None:
                return await _late(store, await store.pushes.get(push.id) or push)
            return Answer(toast="Skipped. This commit is not asked about again.")
        case PushAnswer.PLAN:
            return await _plan(store, project, push, tap_key(query), place)


async def _deploy(store: Store, project: Project, push: Push, by: User) -> Answer:
    try:
        run = await ask(
            store,
            project,
            RunKind.DEPLOY,
            by=by,
            key=f"push:{push.id}",
            target=push.sha,
            source=Source.PUSH,
        )
    except PipelineError as error:
        return refused_tap(error)
    await store.pushes.answer(push.id, PushState.DEPLOYED, run.id)
    return asked(run)


async def _plan(store: Store, project: Project, push: Push, key: str, place: Place) -> Answer:
    """The worker makes it; it comes as a message of its own."""
    wanted = PlanWanted(target=push.sha)
    await store.inquiries.ask(project.id, wanted, key=key, chat=place.chat, topic=place.topic)
    return Answer(toast=f"The plan of {short(push.sha)} is being made. Nothing is changed by that.")


async def _late(store: Store, push: Push) -> Answer:
    newest = await store.pushes.newest(push.project_id, push.branch)
    superseded = push.state is PushState.SUPERSEDED
    return Answer(toast=too_late(push, newest.sha if newest else None), alert=superseded)


def too_late(push: Push, newest: str | None = None) -> str:
    """Why a tap changed nothing."""
    match push.state:
        case PushState.DEPLOYED:
            return f"Deployed already: run {push.run_id}."
        case PushState.SKIPPED:
            return "Skipped already. /deploy deploys it all the same."
        case PushState.SUPERSEDED:
            at = f" The branch is at {short(newest)} now." if newest else ""
            return f"Nothing done: that was {short(push.sha)}, and a newer push took its place.{at}"
        case PushState.SEEN:
            return "That did not arrive. Please tap once more."
        case _:
            assert_never(push.state)


def setup() -> Router:
    router = Router(name="push")
    router.callback_query.register(answered, PushTap.filter())
    return router
