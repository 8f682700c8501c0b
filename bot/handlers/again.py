"""The buttons below a result: the same once more, or back to the release before."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, User

from bot.answer import Answer
from bot.auth import shown_name
from bot.callbacks import AgainTap, UndoTap
from bot.requests import ask, asked, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project, RunId
from pipeline.model.states import RunKind
from pipeline.store.store import Store


async def again(
    query: CallbackQuery, callback_data: AgainTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        run = await store.runs.get(RunId(callback_data.run))
    except LookupError:
        return Answer(toast="This run is not known.")
    if run.project_id != project.id:
        return Answer(toast="This run is not known.")
    try:
        return asked(
            await ask(
                store,
                project,
                run.kind,
                by=shown_name(event_from_user),
                key=tap_key(query),
                target=run.target,
            )
        )
    except PipelineError as error:
        return refused_tap(error)


async def undo(
    query: CallbackQuery, callback_data: UndoTap, event_from_user: User, store: Store, project: Project
) -> Answer:
    fresh = await store.releases.project_by_id(project.id)
    if fresh.live_release_id != callback_data.release:
        return Answer(toast="Another release is live now. /rollback goes back from that one.", alert=True)
    try:
        return asked(
            await ask(store, project, RunKind.ROLLBACK, by=shown_name(event_from_user), key=tap_key(query))
        )
    except PipelineError as error:
        return refused_tap(error)


def setup() -> Router:
    router = Router(name="again")
    router.callback_query.register(again, AgainTap.filter())
    router.callback_query.register(undo, UndoTap.filter())
    return router
