"""Answers to inquiries: each chat gets its own once, whatever another chat does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from aiogram.exceptions import TelegramForbiddenError
from aiogram.methods import SendMessage

from bot.health import Health
from bot.home import Home
from bot.inquiries import Inquiries
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.pace import Paces
from bot.telegram import Telegram
from pipeline.model.inquiry import Inquiry, InquiryId, LogsFound, LogsWanted
from pipeline.model.release import ProjectId
from tests.unit.bot.samples import START, after

HOME, SHUT, SLOW = 42, 43, 44


class Api:
    """Telegram: which chats were sent something, in order. SHUT refuses as long as it is `shut`, a call to
    SLOW takes until `answers`."""

    def __init__(self) -> None:
        self.shut = True
        self.answers = asyncio.Event()
        self.tried: list[int] = []
        self.sent: list[int] = []

    async def __call__(self, method: SendMessage, **_: Any) -> dict[str, int]:
        chat = int(method.chat_id)
        self.tried.append(chat)
        if chat == SHUT and self.shut:
            raise TelegramForbiddenError(method=method, message="Forbidden: bot was blocked by the user")
        if chat == SLOW:
            await self.answers.wait()
        self.sent.append(chat)
        return {"message_id": len(self.sent)}


class Journal:
    """Inquiries that are answered, and how often they were read."""

    def __init__(self) -> None:
        self.due: dict[InquiryId, Inquiry] = {}
        self.reads = 0
        self.inquiries = self.releases = self.news = self

    def ask(self, number: int, chat: int) -> None:
        self.due[InquiryId(number)] = Inquiry(
            id=InquiryId(number),
            project_id=ProjectId(1),
            chat=chat,
            topic=None,
            message=None,
            wanted=LogsWanted(service="app", lines=10),
            asked_at=START,
            taken_at=START,
            answered_at=after(1),
            answer=LogsFound(lines=["one line"]),
        )

    async def untold(self, _project: ProjectId) -> tuple[list[Inquiry], bool]:
        self.reads += 1
        return list(self.due.values()), False

    async def told(self, inquiry: InquiryId) -> None:
        self.due.pop(inquiry, None)

    async def observation(self, _project: ProjectId) -> None:
        return None

    @contextlib.asynccontextmanager
    async def subscribe(self, _channel: str) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(wait=lambda _seconds: asyncio.sleep(0))

    async def read_anew(self) -> None:
        """Returns once all that is asked by now was looked at, twice."""
        seen = self.reads
        while self.reads < seen + 4:  # noqa: ASYNC110 - what is waited for tells no events
            await asyncio.sleep(0)

    async def until_told(self, *numbers: int) -> None:
        while self.due.keys() & set(numbers):  # noqa: ASYNC110 - what is waited for tells no events
            await asyncio.sleep(0)


async def test_a_chat_that_takes_nothing_keeps_no_answer_from_the_others() -> None:
    api, journal = Api(), Journal()
    home = Home(None, HOME)  # type: ignore[arg-type]
    telegram, paces = Telegram(api, Health()), Paces(home.now)  # type: ignore[arg-type]
    lanes = Lanes(telegram, paces, home)
    inquiries = Inquiries(
        store=journal,  # type: ignore[arg-type]
        outbox=Outbox(telegram, paces, None, home),  # type: ignore[arg-type]
        lanes=lanes,
        project=ProjectId(1),
        now=lambda: after(2),
    )
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.run()) for each in (lanes, inquiries)]
        journal.ask(1, SHUT)
        await journal.read_anew()
        journal.ask(2, SLOW)
        while SLOW not in api.tried:  # noqa: ASYNC110 - what is waited for tells no events
            await asyncio.sleep(0)
        await journal.read_anew()
        api.answers.set()
        await journal.until_told(2)
        assert api.sent == [SLOW]
        api.shut = False
        telegram.heard(SHUT)
        await journal.until_told(1)
        for task in tasks:
            task.cancel()
    assert api.sent == [SLOW, SHUT]
