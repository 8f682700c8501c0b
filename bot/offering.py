"""The menus of commands that Telegram shows: to each person, in each chat, what they may do there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import structlog
from aiogram.methods import SetMyCommands
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
)

from bot.home import Home
from bot.rights import Rights, Role, offered
from bot.telegram import Gone, Moved, NotNow, Telegram, Unsendable, Unwelcome
from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST

log = structlog.get_logger()


def menus(
    rights: Rights, homes: Collection[int], commands: Mapping[str, str]
) -> list[tuple[BotCommandScopeUnion, dict[str, str]]]:
    """Which commands are shown in which scope. Elsewhere none are."""
    all_, looking = offered(Role.OWNER, commands), offered(Role.VIEWER, commands)
    owners, viewers = sorted(rights.owners), sorted(rights.viewers - rights.owners)
    shown: list[tuple[BotCommandScopeUnion, dict[str, str]]] = [
        (BotCommandScopeDefault(), {}),
        *((BotCommandScopeChat(chat_id=user), all_) for user in owners),
        *((BotCommandScopeChat(chat_id=user), looking) for user in viewers),
    ]
    for home in sorted(chat for chat in homes if chat < 0):
        shown.append((BotCommandScopeChat(chat_id=home), looking))
        shown += [(BotCommandScopeChatMember(chat_id=home, user_id=user), all_) for user in owners]
    return shown


class Offering:
    def __init__(self, telegram: Telegram, rights: Rights, home: Home, commands: Mapping[str, str]) -> None:
        self._telegram = telegram
        self._rights = rights
        self._home = home
        self._commands = commands

    async def run(self) -> None:
        """Shows them, and anew when a home chat has another id; until cancelled."""
        while True:
            homes = self._home.homes
            async with asyncio.TaskGroup() as group:
                shown = [
                    group.create_task(self._show(scope, commands))
                    for scope, commands in menus(self._rights, homes, self._commands)
                ]
                await self._home.moved_from(homes)
                for task in shown:
                    task.cancel()

    async def _show(self, scope: BotCommandScopeUnion, commands: Mapping[str, str]) -> None:
        """A chat that is not there yet gets its menu once somebody has written in it."""
        offered_ = [BotCommand(command=name, description=words) for name, words in commands.items()]
        while True:
            try:
                await self._telegram.call(SetMyCommands(commands=offered_, scope=scope))
            except Moved as moved:
                await self._follow(_chat_of(scope), moved.chat)
                return
            except Unwelcome:
                await self._telegram.welcome(_chat_of(scope)).wait()
            except NotNow as error:
                await asyncio.sleep(error.seconds)
            except (Unsendable, Gone) as error:
                log.warning("commands_refused", scope=scope.model_dump(), problem=str(error))
                return
            else:
                return

    async def _follow(self, old: int, new: int) -> None:
        """Then all are shown anew; while the journal is away, the next message finds it out again."""
        try:
            await self._home.follow(old, new)
        except LOST as error:
            pass_on_cancellation()
            log.warning("move_not_noted", old=old, new=new, problem=str(error))


def _chat_of(scope: BotCommandScopeUnion) -> int:
    return int(scope.chat_id) if isinstance(scope, BotCommandScopeChat | BotCommandScopeChatMember) else 0
