"""Which project is meant, of several."""

from __future__ import annotations

import itertools

import pytest
from aiogram.filters.callback_data import CallbackData

from bot import callbacks
from bot.callbacks import (
    AgainTap,
    BackTap,
    BackWay,
    BranchTap,
    Choice,
    LinesTap,
    MenuTap,
    MuteFor,
    MuteTap,
    PlanTap,
    QuestionTap,
    RestartTap,
    Verdict,
    Wish,
)
from bot.which import ROWS_OF_TAPS, Facts, Said, about, row_of_command, row_of_tap, said
from pipeline.model.question import Way
from pipeline.model.release import ProjectId
from pipeline.store.belonging import Named, Row

SHOP, CONTROLLER, LOUD = ProjectId(1), ProjectId(7), ProjectId(9)
PROJECTS = {"shop": SHOP, "controller": CONTROLLER}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/deploy", Said(text="/deploy")),
        ("/deploy shop", Said(text="/deploy", named=SHOP)),
        ("/deploy Shop", Said(text="/deploy", named=SHOP)),
        (
            "/deploy@deploy_bot controller release-2",
            Said(text="/deploy@deploy_bot release-2", named=CONTROLLER),
        ),
        ("/deploy release-2", Said(text="/deploy release-2")),
        ("/deploy shop shop", Said(text="/deploy shop", named=SHOP)),
        ("/deploy controller shop", Said(text="/deploy shop", named=CONTROLLER)),
        ("/deploy shopping", Said(text="/deploy shopping")),
        ("/logs shop app 50", Said(text="/logs app 50", named=SHOP)),
        ("/reject shop 42 the tests\nare  red", Said(text="/reject 42 the tests\nare  red", named=SHOP)),
        ("/status\nshop", Said(text="/status", named=SHOP)),
        ("/pause all the weekend", Said(text="/pause the weekend", every=True)),
        ("/status ALL", Said(text="/status", every=True)),
        ("/deploy all", Said(text="/deploy all")),
        ("shop is down", Said(text="shop is down")),
        ("", Said(text="")),
    ],
)
def test_a_name_behind_the_command_is_taken_off(text: str, found: Said) -> None:
    assert said(text, PROJECTS) == found


def test_a_project_may_be_called_all() -> None:
    assert said("/status all", {**PROJECTS, "all": LOUD}) == Said(text="/status", named=LOUD)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("/approve 42", Named(Row.RUN, 42)),
        ("/approve 42 123456", Named(Row.RUN, 42)),
        ("/approve 123456", None),
        ("/approve", None),
        ("/approve what", None),
        ("/approve 42 override the house is on fire", Named(Row.RUN, 42)),
        ("/reject 42 no", Named(Row.RUN, 42)),
        ("/reject no 42", None),
        ("/cancel 42", Named(Row.RUN, 42)),
        ("/cancel@deploy_bot\n42", Named(Row.RUN, 42)),
        ("/cancel", None),
        ("/history 42", Named(Row.RUN, 42)),
        ("/history last 5", None),
        ("/restore 3", Named(Row.BACKUP, 3)),
        ("/restore undo", None),
        ("/drill 3", Named(Row.BACKUP, 3)),
        ("/drill rollback 4", Named(Row.RELEASE, 4)),
        ("/drill rollback", None),
        ("/rollback 4", Named(Row.RELEASE, 4)),
        ("/rollback abcdef1", None),
        ("/ack 5", Named(Row.ALERT, 5)),
        ("/snooze 5 2h", Named(Row.ALERT, 5)),
        ("/cancel 0", None),
        ("/cancel 99999999999999999999", None),
        ("/logs app 50", None),
        ("42", None),
    ],
)
def test_a_number_behind_a_command_names_a_row(text: str, row: Named | None) -> None:
    assert row_of_command(text) == row


@pytest.mark.parametrize(
    ("tap", "row"),
    [
        (PlanTap(verdict=Verdict.APPROVE, nonce="n-_1"), Named(Row.PLAN, nonce="n-_1")),
        (QuestionTap(way=Way.BACK, nonce="n"), Named(Row.QUESTION, nonce="n")),
        (AgainTap(run=4), Named(Row.RUN, 4)),
        (BackTap(way=BackWay.CODE, live=3, goal=2), Named(Row.RELEASE, 2)),
        (MuteTap(span=MuteFor.ASK, push=0), None),
        (RestartTap(alert=0, mark="f" * 16, asked=1), None),
        (RestartTap(alert=8, mark="f" * 16, asked=1), Named(Row.ALERT, 8)),
        (LinesTap(wish=Wish.MORE, inquiry=2), Named(Row.INQUIRY, 2)),
        (BranchTap(mark="f" * 16), None),
        (MenuTap(choice=Choice.DEPLOY), None),
    ],
)
def test_a_button_names_a_row(tap: CallbackData, row: Named | None) -> None:
    assert row_of_tap(tap.pack()) == row


@pytest.mark.parametrize("data", ["", "plan", "again:x", "again:", "old:1", "again:1:2", "restart:1"])
def test_a_button_of_old_names_none(data: str) -> None:
    assert row_of_tap(data) is None


def test_each_kind_of_button_was_thought_of() -> None:
    """One that is new says here whether it names a row."""
    of_none = {"menu", "page", "service", "branch", "audit", "sched", "which"}
    taps = {
        each.__prefix__
        for each in vars(callbacks).values()
        if isinstance(each, type) and issubclass(each, CallbackData) and each is not CallbackData
    }
    assert taps == of_none | {tap.__prefix__ for tap in ROWS_OF_TAPS}


def test_a_name_goes_before_a_number_that_before_the_card_and_that_before_the_place() -> None:
    """Every mixture of what can be known, with another project for each."""
    for known in itertools.product((True, False), repeat=4):
        name, row, replied, here = found = [
            ProjectId(number) if there else None for number, there in enumerate(known, 1)
        ]
        facts = Facts(said=Said(text="/x", named=name), row=row, replied=replied, here=here)
        assert about(facts) == next((each for each in found if each is not None), None)


def test_all_is_stronger_than_where_it_was_said() -> None:
    assert about(Facts(said=Said(text="/status", every=True), replied=SHOP, here=SHOP)) is None
