"""Whom a command is addressed to: in a group, `/status@other_bot` is another bot's."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from aiogram.methods import GetMe

from bot.telegram import NotNow, Telegram

_CALL = re.compile(r"^/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)")


@dataclass(frozen=True)
class Called:
    """`/NAME@MENTION`; the mention in lower case, None without one."""

    name: str
    mention: str | None


def called(text: str | None) -> Called | None:
    """The command that a message is; None for one that is none."""
    found = _CALL.match(text or "")
    if found is None:
        return None
    return Called(found[1].lower(), found[2].lower() if found[2] else None)


class Myself:
    """The bot's own user name, asked for once."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._username: str | None = None

    async def username(self) -> str:
        """In lower case. Waits for a Telegram that is away. Raises ConfigurationError, Unsendable."""
        while self._username is None:
            try:
                me = await self._telegram.call(GetMe())
            except NotNow as error:
                await asyncio.sleep(error.seconds)
            else:
                self._username = str(me.username or "").lower()
        return self._username
