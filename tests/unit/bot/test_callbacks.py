from __future__ import annotations

import pytest
from aiogram.filters.callback_data import CallbackData

from bot.callbacks import (
    AgainTap,
    AlertBackTap,
    AlertTap,
    AuditTap,
    BackWay,
    BranchTap,
    CancelTap,
    Choice,
    Deed,
    HistoryTap,
    LinesTap,
    Listed,
    LogsTap,
    MenuTap,
    MuteFor,
    MuteTap,
    PageTap,
    PlanTap,
    PushAnswer,
    PushTap,
    QuestionTap,
    ReleaseTap,
    RestartTap,
    RunTap,
    ServiceTap,
    SnoozeTap,
    StormTap,
    Turn,
    UndoTap,
    Verdict,
    Wish,
)
from pipeline.model.question import Way

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    "tap",
    [
        *(PlanTap(verdict=verdict, nonce="n" * 50) for verdict in Verdict),
        *(QuestionTap(way=way, nonce="n" * 50) for way in Way),
        *(PushTap(answer=answer, push=LARGEST) for answer in PushAnswer),
        *(MuteTap(span=span, push=LARGEST) for span in MuteFor),
        *(MenuTap(choice=choice) for choice in Choice),
        AgainTap(run=LARGEST),
        LogsTap(run=LARGEST),
        UndoTap(release=LARGEST),
        *(HistoryTap(turn=turn, run=LARGEST, lines=20) for turn in Turn),
        *(AuditTap(turn=turn, line=LARGEST) for turn in Turn),
        RunTap(run=LARGEST),
        ReleaseTap(release=LARGEST, live=LARGEST),
        *(PageTap(of=of, page=99_999, lines=2000) for of in Listed),
        ServiceTap(mark="f" * 16, lines=2000),
        *(LinesTap(wish=wish, inquiry=LARGEST) for wish in Wish),
        BranchTap(mark="f" * 16),
        CancelTap(run=LARGEST, sure=True, keep=True),
        *(AlertTap(deed=deed, alert=LARGEST) for deed in Deed),
        SnoozeTap(alert=LARGEST, minutes=10_080),
        RestartTap(alert=LARGEST, mark="f" * 16, asked=99_999_999_999),
        StormTap(storm=LARGEST),
        *(AlertBackTap(way=way, live=LARGEST, goal=LARGEST) for way in BackWay),
    ],
)
def test_taps_come_back_as_they_went_and_fit(tap: CallbackData) -> None:
    packed = tap.pack()
    assert len(packed.encode()) <= 64
    assert type(tap).unpack(packed) == tap
