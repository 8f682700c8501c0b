from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from bot.answer import Answer
from bot.auth import IGNORED, NOT_HERE, Admission, Gate, shown_name
from bot.home import Home
from bot.rights import Hearing, Rights, Role, anywhere, looking
from bot.strangers import Strangers
from tests.unit.bot.trail import Trail

ADA = User(id=42, is_bot=False, first_name="Ada")
LIN = User(id=44, is_bot=False, first_name="Lin")
EVE = User(id=43, is_bot=False, first_name="Eve\u202e", last_name="<b>")
OWN = Chat(id=42, type="private")
HOME = Chat(id=-100, type="supergroup", title="Ops")
ELSEWHERE = Chat(id=-200, type="supergroup", title="Fun")
RIGHTS = Rights(owners=frozenset({42}), viewers=frozenset({44}))


class Myself:
    async def username(self) -> str:
        return "deploy_bot"


class Chats:
    """Remembers moves."""

    def __init__(self) -> None:
        self.moves: list[tuple[int, int]] = []

    async def move(self, old: int, new: int) -> bool:
        self.moves.append((old, new))
        return True


class Door:
    """Admission to a bot whose home chat is a group; `reached` holds what got in."""

    def __init__(self, home: int = HOME.id) -> None:
        self.trail, self.chats = Trail(), Chats()
        self.home = Home(self.chats, home)  # type: ignore[arg-type]
        strangers = Strangers(self.trail)  # type: ignore[arg-type]
        self.admission = Admission(RIGHTS, self.home, strangers, Myself())  # type: ignore[arg-type]
        self.reached: list[dict[str, Any]] = []

    async def meet(self, update: Update) -> object:
        async def handler(_event: object, data: dict[str, Any]) -> str:
            self.reached.append(data)
            return "answer"

        return await self.admission(handler, update, {})  # type: ignore[arg-type]


def message(user: User | None, chat: Chat, text: str | None = "/deploy", **more: Any) -> Message:
    return Message(message_id=1, date=datetime.now(UTC), chat=chat, from_user=user, text=text, **more)


CARD = message(User(id=7, is_bot=True, first_name="Deploy", username="deploy_bot"), HOME, "Rejected")
LUNCH = message(LIN, HOME, "lunch?")


def tap(user: User, on: Message | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=user, chat_instance="1", message=on, data="plan:yes:x")


@pytest.mark.parametrize(
    ("update", "heard", "traced"),
    [
        (Update(update_id=1, message=message(ADA, OWN)), True, False),
        (Update(update_id=1, message=message(ADA, HOME)), True, False),
        (Update(update_id=1, message=message(LIN, HOME, "/status@Deploy_Bot")), True, False),
        (Update(update_id=1, message=message(LIN, Chat(id=44, type="private"), "hello")), True, False),
        (Update(update_id=1, callback_query=tap(ADA, message(ADA, OWN))), True, False),
        (Update(update_id=1, callback_query=tap(LIN, message(ADA, HOME))), True, False),
        (Update(update_id=1, message=message(ADA, HOME, "/status@other_bot")), False, False),
        (Update(update_id=1, message=message(EVE, HOME, "/status@other_bot")), False, False),
        (Update(update_id=1, message=message(ADA, HOME, "lunch?")), False, False),
        (Update(update_id=1, message=message(EVE, HOME, "lunch?")), False, False),
        (Update(update_id=1, message=message(ADA, HOME, None)), False, False),
        (Update(update_id=1, message=message(ADA, HOME, "too early", reply_to_message=CARD)), True, False),
        (Update(update_id=1, message=message(ADA, ELSEWHERE, "lunch?", reply_to_message=CARD)), False, False),
        (Update(update_id=1, message=message(LIN, HOME, "lunch?", reply_to_message=CARD)), False, False),
        (Update(update_id=1, message=message(EVE, HOME, "lunch?", reply_to_message=CARD)), False, False),
        (Update(update_id=1, message=message(ADA, HOME, "lunch?", reply_to_message=LUNCH)), False, False),
        (Update(update_id=1, message=message(EVE, HOME)), False, True),
        (Update(update_id=1, message=message(EVE, Chat(id=43, type="private"))), False, True),
        (Update(update_id=1, message=message(LIN, ELSEWHERE)), False, True),
        (Update(update_id=1, message=message(None, OWN)), False, True),
        (Update(update_id=1, message=message(ADA, Chat(id=43, type="private"))), False, True),
        (Update(update_id=1, callback_query=tap(EVE, message(ADA, HOME))), False, True),
        (Update(update_id=1, callback_query=tap(LIN, message(ADA, ELSEWHERE))), False, True),
        (Update(update_id=1, callback_query=tap(ADA, None)), False, True),
        (Update(update_id=1, edited_message=message(ADA, OWN)), False, True),
        (Update(update_id=1), False, True),
    ],
)
async def test_who_is_heard_where(update: Update, heard: bool, traced: bool) -> None:
    door = Door()
    answer = await door.meet(update)
    assert answer == ("answer" if heard else IGNORED)
    assert len(door.reached) == int(heard)
    assert len(door.trail.lines) == int(traced)


async def test_what_is_handed_on() -> None:
    door = Door()
    await door.meet(
        Update(update_id=1, message=message(LIN, HOME, "/status", message_thread_id=7, is_topic_message=True))
    )
    await door.meet(Update(update_id=2, message=message(ADA, HOME, "/status", message_thread_id=7)))
    await door.meet(Update(update_id=3, message=message(ADA, ELSEWHERE, "/whoami")))
    shown = [(d["place"].chat, d["place"].topic, d["role"], d["hearing"]) for d in door.reached]
    assert shown == [
        (HOME.id, 7, Role.VIEWER, Hearing.HEARD),
        (HOME.id, None, Role.OWNER, Hearing.HEARD),  # a thread of replies is no topic
        (ELSEWHERE.id, None, Role.OWNER, Hearing.AFAR),
    ]


async def test_the_trace_is_clean_and_short() -> None:
    door = Door()
    await door.meet(Update(update_id=9, message=message(EVE, HOME, "/deploy\n" + "x" * 500)))
    ((actor, action, detail),) = door.trail.lines
    assert (actor, action) == ("telegram:43", "ignored")
    assert detail == {"update": 9, "name": "Eve <b>", "chat": -100, "said": "/deploy " + "x" * 91 + "…"}


@pytest.mark.parametrize(
    ("chat", "notice"),
    [(-5, {"migrate_to_chat_id": -1007}), (-1007, {"migrate_from_chat_id": -5})],
)
async def test_a_home_group_that_becomes_a_supergroup_is_followed(chat: int, notice: dict[str, int]) -> None:
    door = Door(home=-5)
    moved = message(EVE, Chat(id=chat, type="group"), None, **notice)
    assert await door.meet(Update(update_id=1, message=moved)) == IGNORED
    assert (door.home.chat, door.chats.moves) == (-1007, [(-5, -1007)])
    assert await door.meet(Update(update_id=2, message=moved)) == IGNORED
    assert door.chats.moves == [(-5, -1007)]


async def test_another_group_that_moves_is_no_business_of_ours() -> None:
    door = Door(home=-5)
    await door.meet(Update(update_id=1, message=message(EVE, ELSEWHERE, None, migrate_to_chat_id=-1009)))
    assert (door.home.chat, door.chats.moves) == (-5, [])


@pytest.mark.parametrize(
    ("role", "hearing", "flags", "runs"),
    [
        (Role.OWNER, Hearing.HEARD, {}, True),
        (Role.OWNER, Hearing.HEARD, looking(), True),
        (Role.VIEWER, Hearing.HEARD, looking(), True),
        (Role.VIEWER, Hearing.HEARD, anywhere(), True),
        (Role.VIEWER, Hearing.HEARD, {}, False),
        (Role.STRANGER, Hearing.HEARD, looking(), False),
        (Role.OWNER, Hearing.AFAR, looking(), False),
        (Role.OWNER, Hearing.AFAR, {}, False),
        (Role.OWNER, Hearing.AFAR, anywhere(), True),
    ],
)
async def test_a_handler_runs_for_whom_it_was_declared(
    role: Role, hearing: Hearing, flags: dict[str, Any], runs: bool
) -> None:
    ran: list[object] = []

    async def handler(event: object, _data: dict[str, Any]) -> Answer:
        ran.append(event)
        return Answer()

    data = {"role": role, "hearing": hearing, "handler": HandlerObject(callback=handler, flags=flags)}
    await Gate(Trail())(handler, message(LIN, HOME), data)  # type: ignore[arg-type]
    assert bool(ran) is runs


async def test_a_button_in_a_group_that_was_the_home_says_that_it_is_no_more() -> None:
    async def handler(_event: object, _data: dict[str, Any]) -> Answer:
        raise AssertionError("it was acted upon")

    data = {"role": Role.OWNER, "hearing": Hearing.AFAR, "handler": HandlerObject(callback=handler)}
    gate = Gate(Trail())  # type: ignore[arg-type]
    assert await gate(handler, tap(ADA, message(ADA, ELSEWHERE)), data) == NOT_HERE
    assert await gate(handler, message(ADA, ELSEWHERE), data) == IGNORED


async def test_a_viewer_who_wants_more_is_told_what_he_may_and_is_audited() -> None:
    trail = Trail()

    async def handler(_event: object, _data: dict[str, Any]) -> Answer:
        raise AssertionError("a viewer got through")

    gate = Gate(trail)  # type: ignore[arg-type]
    data = {"role": Role.VIEWER, "hearing": Hearing.HEARD, "handler": HandlerObject(callback=handler)}
    said = await gate(handler, message(LIN, HOME, "/approve 12 123456"), data)
    tapped = await gate(handler, tap(LIN, message(ADA, HOME)), data)
    assert isinstance(said, Answer)
    assert isinstance(tapped, Answer)
    assert said.card is not None
    assert said.card.text.startswith(
        "⚠️ <b>Nothing was done.</b> This is for owners. As a viewer you may look: /status"
    )
    assert tapped.alert
    assert tapped.toast.startswith("Nothing was done. This is for owners. As a viewer you may look: /status")
    assert len(tapped.toast) <= 200
    assert trail.lines == [
        ("Lin (44)", "refused", {"chat": HOME.id, "role": Role.VIEWER, "command": "/approve"}),
        ("Lin (44)", "refused", {"chat": HOME.id, "role": Role.VIEWER, "tap": "plan:yes:x"}),
    ]


def test_names_for_the_journal() -> None:
    assert shown_name(ADA) == "Ada (42)"
    assert shown_name(EVE) == "Eve <b> (43)"
    assert shown_name(User(id=5, is_bot=False, first_name="\u200b")) == "Master (5)"
