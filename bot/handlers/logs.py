"""The Logs button below the result of a run that ended badly."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta
from functools import partial

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.answer import Answer, Document
from bot.callbacks import LogsTap
from bot.rights import looking
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run
from pipeline.store.store import Store
from pipeline.wording.markup import line
from pipeline.wording.words import KIND, RUN_SIGN, RUN_WORD

JUST_NOW = timedelta(seconds=60)


async def logs(query: CallbackQuery, callback_data: LogsTap, store: Store, project: Project) -> Answer:
    try:
        run = await store.runs.get(RunId(callback_data.run))
    except LookupError:
        return Answer(toast="This run is not known.")
    if run.project_id != project.id:
        return Answer(toast="This run is not known.")
    known = await store.logs.known(run.id)
    if known is None:
        return Answer(
            toast=f"The journal has no log of run {run.id}. Look for reports/run-{run.id}/run.log in the"
            " worker's STATE_DIR.",
            alert=True,
            run=run.id,
        )
    if known.sent is not None and known.sent < JUST_NOW:
        return Answer(toast="The log was sent just now, as a reply to this message.", run=run.id)
    return Answer(
        toast="The log is on its way.",
        run=run.id,
        document=Document(
            key=f"log:{run.id}",
            name=f"run-{run.id}.log",
            caption=f"Log of run {run.id} · {KIND[run.kind]} · {line(project.name, 63)}"
            f" · {RUN_SIGN[run.state]} {RUN_WORD[run.state]}",
            reply_to=query.message.message_id if query.message else None,
            load=partial(_content, store, run),
            sent=partial(store.logs.sent, run.id),
            needed=partial(_needed, store, run),
        ),
    )


async def _needed(store: Store, run: Run) -> bool:
    """A second tap while the file was on its way asks for nothing new."""
    known = await store.logs.known(run.id)
    return known is None or known.sent is None or known.sent >= JUST_NOW


async def _content(store: Store, run: Run) -> bytes | None:
    packed = await store.logs.get(run.id)
    return None if packed is None else await asyncio.to_thread(gzip.decompress, packed)


def setup() -> Router:
    router = Router(name="logs")
    router.callback_query.register(logs, LogsTap.filter(), flags=looking())
    return router
