"""Which project a place is of, and what makes a card one of a project."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.cards.card import Button, Card
from bot.home import Home
from bot.served import Projects, Served
from pipeline.model.release import Project, ProjectId

GROUP, SHOP = -5, -6
Topics = tuple[int | None, int | None]
BUTTON = ((Button(text="Deploy", data="push:deploy:7"),),)


class Chats:
    """The journal's."""

    def __init__(self) -> None:
        self.moves: list[tuple[int, int]] = []

    async def move(self, old: int, new: int) -> None:
        self.moves.append((old, new))


def served(number: int, name: str, home: Home, *, named: bool = True) -> Served:
    project = Project(
        id=ProjectId(number),
        name=name,
        repository="/srv/app.git",
        branch="main",
        live_release_id=None,
        previous_release_id=None,
    )
    nothing: Any = SimpleNamespace()
    others = ("settings", "source", "pictures", "terms", "agenda", "freeze", "quiet", "own")
    return Served(
        project=project,
        home=home,
        mark=project.id if number > 1 else None,
        named=named,
        **dict.fromkeys(others, nothing),
    )


def projects(first: tuple[int, Topics], second: tuple[int, Topics]) -> Projects:
    """Of two, `sample` and `shop`, each at home in a chat with a topic for runs and one for alerts."""
    (chat, (runs, alerts)), (other, (shop_runs, shop_alerts)) = first, second
    home = Home(Chats(), chat, runs_topic=runs, alerts_topic=alerts)  # type: ignore[arg-type]
    beside = home.beside(other, runs_topic=shop_runs, alerts_topic=shop_alerts)
    return Projects([served(1, "sample", home), served(2, "shop", beside)])


def name_at(found: Projects, chat: int, topic: int | None) -> str | None:
    there = found.in_topic(chat, topic)
    return there.name if there else None


def test_by_id() -> None:
    found = projects((GROUP, (1, 2)), (GROUP, (3, 4)))
    assert [each.name for each in found] == ["sample", "shop"]
    assert (len(found), found.several, found.default.name) == (2, True, "sample")
    assert found.by_id(ProjectId(2)) is list(found)[1]
    assert found.by_id(ProjectId(3)) is None


@pytest.mark.parametrize(
    ("first", "second", "at", "name"),
    [
        ((GROUP, (1, 2)), (GROUP, (3, 4)), (GROUP, 2), "sample"),
        ((GROUP, (1, 2)), (GROUP, (3, 4)), (GROUP, 3), "shop"),
        ((GROUP, (1, 2)), (GROUP, (3, 4)), (GROUP, 9), None),
        ((GROUP, (1, 2)), (GROUP, (3, 4)), (GROUP, None), None),
        ((GROUP, (1, 2)), (GROUP, (1, 4)), (GROUP, 1), None),
        ((GROUP, (1, 2)), (GROUP, (1, 4)), (GROUP, 4), "shop"),
        ((GROUP, (1, 2)), (SHOP, (None, None)), (SHOP, None), "shop"),
        ((GROUP, (1, 2)), (SHOP, (None, None)), (SHOP, 9), "shop"),
        ((GROUP, (1, 2)), (SHOP, (None, None)), (42, None), None),
    ],
)
def test_a_place_is_of_one_project_or_of_none(
    first: tuple[int, Topics], second: tuple[int, Topics], at: tuple[int, int | None], name: str | None
) -> None:
    assert name_at(projects(first, second), *at) == name


async def test_a_group_that_moved_is_still_the_home() -> None:
    found = projects((GROUP, (1, 2)), (SHOP, (None, None)))
    homes = found.default.home.homes
    assert homes == {GROUP, SHOP}
    await found.default.home.follow(SHOP, -1007)
    assert name_at(found, SHOP, None) == name_at(found, -1007, None) == "shop"
    assert found.default.home.homes == {GROUP, -1007}
    await found.default.home.moved_from(homes)


def test_a_card_is_marked_and_tells_its_project_where_there_are_several() -> None:
    sample, shop = projects((GROUP, (1, 2)), (GROUP, (3, 4)))
    untold, told = Card(text="Log of <b>app</b>", rows=BUTTON), Card(text="<b>Push</b> · shop", rows=BUTTON)
    assert sample.card(untold) == Card(text=f"{untold.text}\nProject: <b>sample</b>", rows=BUTTON)
    assert shop.card(told) == Card(text=told.text, rows=BUTTON, project=ProjectId(2))
    assert shop.card(told).fingerprint != told.fingerprint
    alone = served(1, "sample", sample.home, named=False)
    assert alone.card(untold) == untold
