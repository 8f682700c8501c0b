"""What a tap turns a card over to, in a group where edits have to wait: the card's last form comes last."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from aiogram.methods import EditMessageText
from aiogram.types import Update

from bot.answer import Answer
from bot.arrivals import Arrivals
from bot.cards.card import Card
from bot.health import Health
from bot.home import Home
from bot.inbox import Handling
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.pace import Paces, Weight
from bot.place import Place
from bot.rights import Hearing
from bot.telegram import Telegram
from pipeline.store.chat import StoredUpdate

GROUP, MESSAGE = -5, 7


class Api:
    """Telegram: the texts that the message showed, in order. `shown` is set with each."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.shown = asyncio.Event()

    async def __call__(self, method: Any, **_: Any) -> bool:
        if isinstance(method, EditMessageText):
            self.texts.append(method.text)
            self.shown.set()
        return True


class Dispatcher:
    """Answers each tap with what its button says, over the message."""

    async def feed_update(self, _bot: Api, update: Update) -> Answer:
        assert update.callback_query is not None
        return Answer(card=Card(text=update.callback_query.data or ""), edit=True)


class Taken:
    """An inbox that holds nothing but what is handed over at once."""

    async def take(self, _under_way: set[int]) -> None:
        return None

    async def attempt(self, _update: int) -> int:
        return 1

    async def close(self, _update: int, _problem: str | None) -> None:
        """Its end is noted nowhere."""


def tapped(number: int, button: str) -> StoredUpdate:
    chat = {"id": GROUP, "type": "supergroup", "title": "Ops"}
    query = {
        "id": str(number),
        "from": {"id": 42, "is_bot": False, "first_name": "Ada"},
        "chat_instance": "1",
        "data": button,
        "message": {"message_id": MESSAGE, "date": 1, "chat": chat, "text": "card"},
    }
    update = Update.model_validate({"update_id": number, "callback_query": query})
    return StoredUpdate(update_id=number, raw=update.model_dump_json(), attempts=0, age=timedelta())


async def handed_over(arrivals: Arrivals, update: StoredUpdate) -> None:
    """Returns once it is handled and its answer waits in the lane."""
    arrivals.tell(update)
    while not arrivals.awaited:  # noqa: ASYNC110 - handling tells no events
        await asyncio.sleep(0)


async def test_the_last_form_of_a_card_is_not_covered_by_an_answer_from_before() -> None:
    api, arrivals = Api(), Arrivals()
    home = Home(None, GROUP)  # type: ignore[arg-type]
    telegram, paces = Telegram(api, Health()), Paces(home.now)  # type: ignore[arg-type]
    lanes = Lanes(telegram, paces, home)
    outbox = Outbox(telegram, paces, None, home)  # type: ignore[arg-type]
    handling = Handling(
        store=SimpleNamespace(inbox=Taken()),  # type: ignore[arg-type]
        dispatcher=Dispatcher(),  # type: ignore[arg-type]
        telegram=telegram,
        outbox=outbox,
        lanes=lanes,
        home=home,
        admission=SimpleNamespace(hearing=lambda _update: Hearing.HEARD),  # type: ignore[arg-type]
        arrivals=arrivals,
    )
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.run()) for each in (lanes, handling)]
        await asyncio.sleep(0)
        await handed_over(arrivals, tapped(1, "choosing"))
        await api.shown.wait()
        await handed_over(arrivals, tapped(2, "stale"))
        final = partial(outbox.turn_over, Place(GROUP), MESSAGE, Card(text="FINAL"))
        last = lanes.post(GROUP, Letter(deliver=final, weight=Weight.END, key="run 1"))
        await last.done.wait()
        while len(api.texts) < 3:
            api.shown.clear()
            await api.shown.wait()
        for task in tasks:
            task.cancel()
    assert api.texts == ["choosing", "stale", "FINAL"]
