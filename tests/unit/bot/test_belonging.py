"""Whose button it is: what is added to its data comes off again, and fits."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_type_hints

import pytest
from aiogram.filters.callback_data import CallbackData
from hypothesis import given
from hypothesis import strategies as st

from bot import callbacks
from bot.belonging import MOST_PROJECTS, NONE_CHOSEN, belonging, parted
from bot.cards.card import Button, Card
from bot.outbox import keyboard
from pipeline.model.release import ProjectId

TAPS = [
    each
    for each in vars(callbacks).values()
    if isinstance(each, type) and issubclass(each, CallbackData) and each is not CallbackData
]
LARGEST = {
    "lines": 2000,  # MOST_LINES of the pipeline
    "page": 99_999,
    "minutes": 7 * 24 * 60,
    "asked": 99_999_999_999,  # the year 5138
    "update": 2**31 - 1,
}
OURS = {"nonce": 43, "mark": 16}
IDS = st.integers(0, MOST_PROJECTS).map(ProjectId)


def _values(field: str, kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(0, LARGEST.get(field, 2**63 - 1))
    size = OURS[field]
    return st.text("abcXYZ019-_", min_size=size, max_size=size)


@st.composite
def taps(draw: st.DrawFn) -> CallbackData:
    tap = draw(st.sampled_from(TAPS))
    hints = {name: get_type_hints(tap)[name] for name in tap.model_fields}
    return tap(**{name: draw(_values(name, kind)) for name, kind in hints.items()})


@given(taps(), IDS)
def test_every_button_of_every_project_fits_and_comes_back(tap: CallbackData, project: ProjectId) -> None:
    data = belonging(tap.pack(), project)
    assert len(data.encode()) <= 64
    assert parted(data) == (tap.pack(), project)


@pytest.mark.parametrize("tap", TAPS)
def test_the_longest_form_of_each_button_fits(tap: type[CallbackData]) -> None:
    """What a random choice may never find: all values at their longest at once."""
    longest: dict[str, Any] = {}
    for name in tap.model_fields:
        kind = get_type_hints(tap)[name]
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            longest[name] = max(kind, key=len)
        elif kind in (int, bool):
            longest[name] = kind(LARGEST.get(name, 2**63 - 1))
        else:
            longest[name] = "x" * OURS[name]
    assert len(belonging(tap(**longest).pack(), ProjectId(MOST_PROJECTS)).encode()) <= 64


@given(taps())
def test_a_button_of_the_default_project_carries_what_it_always_did(tap: CallbackData) -> None:
    assert belonging(tap.pack(), None) == tap.pack()
    assert parted(tap.pack()) == (tap.pack(), None)


@given(taps(), IDS, IDS)
def test_a_button_that_says_whose_it_is_stays(tap: CallbackData, one: ProjectId, other: ProjectId) -> None:
    data = belonging(tap.pack(), one)
    assert belonging(data, other) == data


@given(st.text(max_size=70))
def test_whatever_is_tapped_can_be_read(data: str) -> None:
    plain, project = parted(data)
    assert data == (plain if project is None else data)
    assert data.startswith(plain)


def test_more_projects_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        belonging("menu:deploy", ProjectId(MOST_PROJECTS + 1))


def test_the_keyboard_of_a_card_says_whose_it_is() -> None:
    rows = (
        (Button(text="A", data="menu:deploy"), Button(text="B", data="menu:status~3")),
        (Button(text="Copy", copy="abc"),),
    )

    def data(project: ProjectId | None) -> list[str | None]:
        markup = keyboard(Card(text="x", rows=rows, project=project))
        assert markup is not None
        return [button.callback_data for row in markup.inline_keyboard for button in row]

    assert data(None) == ["menu:deploy", "menu:status~3", None]
    assert data(ProjectId(7)) == ["menu:deploy~7", "menu:status~3", None]
    assert data(NONE_CHOSEN) == ["menu:deploy~0", "menu:status~3", None]
