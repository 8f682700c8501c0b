"""What a handler is given of the project that an update is about, and when it is not called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from bot.home import Home
from bot.matter import Matter
from bot.place import Place
from bot.served import Projects, Served
from bot.whose import STANDS, Whose
from pipeline.model.release import Project, ProjectId
from pipeline.store.belonging import KeptUpdate, Named, Row

ADA = User(id=42, is_bot=False, first_name="Ada")
LIN = User(id=44, is_bot=False, first_name="Lin")
GROUP = Chat(id=-100, type="supergroup", title="Ops")
AT = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
SHOP, CONTROLLER = ProjectId(1), ProjectId(7)


class Memory:
    """Rows, cards and updates as the journal has them."""

    def __init__(self) -> None:
        self.rows: dict[Named, ProjectId] = {}
        self.cards: dict[tuple[int, int], ProjectId] = {}
        self.updates: dict[int, KeptUpdate] = {}

    async def of(self, named: Named) -> ProjectId | None:
        return self.rows.get(named)

    async def of_message(self, chat: int, message: int) -> ProjectId | None:
        return self.cards.get((chat, message))

    async def update(self, update_id: int) -> KeptUpdate | None:
        return self.updates.get(update_id)


def served(number: ProjectId, name: str, *, topic: int | None = None, first: bool = False) -> Served:
    nothing: Any = None
    return Served(
        project=Project(
            id=number,
            name=name,
            repository="r",
            branch="main",
            live_release_id=None,
            previous_release_id=None,
        ),
        settings=nothing,
        source=nothing,
        home=Home(nothing, GROUP.id, runs_topic=topic),
        pictures=nothing,
        terms=nothing,
        agenda=nothing,
        freeze=nothing,
        quiet=nothing,
        own=(),
        mark=None if first else number,
        named=True,
    )


@dataclass
class Bench:
    """Two projects, and what the handler was called with."""

    projects: Projects
    memory: Memory = field(default_factory=Memory)
    update: Update | None = None
    data: dict[str, Any] = field(default_factory=dict)

    async def pass_on(self, update: Update, *, topic: int | None = None) -> Matter:
        async def handler(event: Any, data: dict[str, Any]) -> None:
            self.update, self.data = event, data

        place: Any = {"place": Place(GROUP.id, topic), "bot": None}
        await Whose(self.projects, self.memory)(handler, update, place)  # type: ignore[arg-type]
        matter: Matter = self.data["matter"]
        return matter

    @property
    def about(self) -> list[str]:
        return [each.name for each in self.data["about"]]


@pytest.fixture
def bench() -> Bench:
    return Bench(Projects([served(SHOP, "shop", first=True), served(CONTROLLER, "controller", topic=9)]))


def message(text: str | None, *, reply_to: int | None = None, number: int = 5) -> Message:
    to = Message(message_id=reply_to, date=AT, chat=GROUP) if reply_to else None
    return Message(message_id=number, date=AT, chat=GROUP, from_user=ADA, text=text, reply_to_message=to)


def written(text: str | None, **more: Any) -> Update:
    return Update(update_id=1, message=message(text, **more))


def tapped(data: str, *, by: User = ADA, query: str = "q") -> Update:
    tap = CallbackQuery(id=query, from_user=by, chat_instance="1", message=message("card"), data=data)
    return Update(update_id=2, callback_query=tap)


async def test_with_one_project_nothing_is_looked_up_and_nothing_changed(bench: Bench) -> None:
    bench.projects = Projects([served(SHOP, "shop", first=True)])
    bench.memory = None  # type: ignore[assignment]
    for update in (written("/deploy shop"), written("/deploy controller"), tapped("menu:deploy")):
        matter = await bench.pass_on(update)
        assert bench.update is update
        assert (matter.several, bench.about, bench.data["project"].name) == (False, ["shop"], "shop")


@pytest.mark.parametrize(
    ("text", "topic", "reads", "about"),
    [
        ("/deploy controller v2", None, "/deploy v2", ["controller"]),
        ("/deploy v2", 9, "/deploy v2", ["controller"]),
        ("/deploy shop v2", 9, "/deploy v2", ["shop"]),
        ("/deploy v2", None, "/deploy v2", ["shop", "controller"]),
        ("/status all", 9, "/status", ["shop", "controller"]),
        (None, None, None, ["shop", "controller"]),
        ("the tests are red", 9, "the tests are red", ["controller"]),
    ],
)
async def test_a_message(
    bench: Bench, text: str | None, topic: int | None, reads: str | None, about: list[str]
) -> None:
    matter = await bench.pass_on(written(text), topic=topic)
    assert bench.update is not None
    assert bench.update.message is not None
    assert bench.update.message.text == reads
    assert bench.about == about
    assert (matter.project is None) == (len(about) > 1)
    assert bench.data["project"].name == about[0]


async def test_a_reply_to_a_card(bench: Bench) -> None:
    bench.memory.cards[GROUP.id, 3] = CONTROLLER
    await bench.pass_on(written("/cancel", reply_to=3))
    assert bench.about == ["controller"]


async def test_a_button_keeps_its_project(bench: Bench) -> None:
    await bench.pass_on(tapped("menu:deploy~7"), topic=None)
    assert bench.update is not None
    assert bench.update.callback_query is not None
    assert (bench.update.callback_query.data, bench.about) == ("menu:deploy", ["controller"])


async def test_a_button_without_a_mark_is_that_of_its_row_or_the_default_project(bench: Bench) -> None:
    bench.memory.rows[Named(Row.PLAN, nonce="n")] = CONTROLLER
    await bench.pass_on(tapped("plan:yes:n"))
    assert bench.about == ["controller"]
    for data in ("plan:yes:other", "menu:deploy", "something of old"):
        await bench.pass_on(tapped(data), topic=9)  # wherever the card is
        assert bench.about == ["shop"]


async def test_a_project_that_is_not_served_any_more(bench: Bench) -> None:
    bench.memory.rows[Named(Row.RUN, 4)] = ProjectId(3)
    for update in (tapped("menu:deploy~3"), tapped("again:4"), written("/approve 4")):
        matter = await bench.pass_on(update)
        assert matter.project is None
        assert matter.refusal is not None


async def test_the_answer_to_which_project_brings_the_command_back(bench: Bench) -> None:
    bench.memory.updates[1] = KeptUpdate(
        raw=written("/deploy@my_bot  v2", number=77).model_dump_json(exclude_none=True), age=STANDS
    )
    matter = await bench.pass_on(tapped("which:1~7", by=LIN))
    assert bench.update is not None
    assert (said := bench.update.message) is not None
    assert (said.text, said.message_id, said.date, said.from_user) == ("/deploy@my_bot  v2", 77, AT, LIN)
    assert (bench.about, matter.update) == (["controller"], 1)


async def test_the_answer_to_which_project_brings_a_tap_back(bench: Bench) -> None:
    bench.memory.updates[1] = KeptUpdate(
        raw=tapped("menu:deploy~0", query="first").model_dump_json(exclude_none=True), age=timedelta()
    )
    matter = await bench.pass_on(tapped("which:1~1", by=LIN, query="second"))
    assert bench.update is not None
    assert (tap := bench.update.callback_query) is not None
    assert (tap.data, tap.id, tap.from_user) == ("menu:deploy", "first", LIN)
    assert (bench.about, matter.update) == (["shop"], 1)
    assert matter.tapped is not None
    assert matter.tapped.id == "second"


async def test_the_question_does_not_stand_for_ever(bench: Bench) -> None:
    late = STANDS + timedelta(seconds=1)
    bench.memory.updates[1] = KeptUpdate(raw=written("/deploy").model_dump_json(exclude_none=True), age=late)
    for data in ("which:1~7", "which:2~7"):
        matter = await bench.pass_on(tapped(data))
        assert matter.refusal is not None
        assert bench.update is not None
        assert bench.update.message is None
