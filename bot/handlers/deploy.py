"""/deploy [branch|sha|?] and the Deploy button of the menu."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, User

from bot.answer import DONE, Answer
from bot.callbacks import Choice, MenuTap
from bot.cards.help import usage
from bot.handlers.choosing import ASK, branches
from bot.requests import ask, asked, message_key, refused, refused_tap, tap_key
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.model.states import RunKind
from pipeline.source import Source, UnknownTarget
from pipeline.store.store import Store

_SHA = re.compile(r"^[0-9a-fA-F]{7,40}$")
_NEAR = 5


async def deploy(
    message: Message,
    command: CommandObject,
    event_from_user: User,
    store: Store,
    project: Project,
    source: Source,
    now: Callable[[], datetime],
) -> Answer:
    words = (command.args or "").split()
    if words == [ASK]:
        return await branches(source, project, now())
    if len(words) > 1:
        return Answer(card=usage("deploy", command.args or ""))
    target = words[0] if words else None
    try:
        if target is not None and not _SHA.match(target):
            await known_branch(source, target)
        await ask(
            store,
            project,
            RunKind.DEPLOY,
            by=event_from_user,
            key=message_key(message),
            target=target,
        )
    except PipelineError as error:
        return refused(error)
    return DONE


async def deploy_tapped(
    query: CallbackQuery, event_from_user: User, store: Store, project: Project
) -> Answer:
    try:
        return asked(await ask(store, project, RunKind.DEPLOY, by=event_from_user, key=tap_key(query)))
    except PipelineError as error:
        return refused_tap(error)


async def known_branch(source: Source, target: str) -> None:
    """Raises UnknownTarget with branches of a similar name, RemoteUnreachable."""
    tips = await source.tips()
    if target not in tips:
        near = difflib.get_close_matches(target, tips, n=_NEAR, cutoff=0.5) or sorted(tips)[:_NEAR]
        raise UnknownTarget(target[:100], "is neither a branch nor a commit of the repository", near)


def setup() -> Router:
    router = Router(name="deploy")
    router.message.register(deploy, Command("deploy", ignore_case=True, ignore_mention=True))
    router.callback_query.register(deploy_tapped, MenuTap.filter(F.choice == Choice.DEPLOY))
    return router
