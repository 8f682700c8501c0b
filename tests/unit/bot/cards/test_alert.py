"""The cards of alerts as whole texts, and the words that keep them calm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.alert import alert_card, lasting, nudge_card, often
from bot.cards.alerts import in_status, storm_card
from bot.cards.restart import restart_said
from pipeline.model.alert import (
    Alert,
    AlertId,
    Nudge,
    NudgeId,
    Problem,
    Severity,
    Storm,
    StormId,
    Why,
    cards_of_their_own,
)
from pipeline.model.audit import AuditLine
from pipeline.model.inquiry import Inquiry, InquiryId, NotFound, Restarted, RestartWanted
from pipeline.model.release import ProjectId
from pipeline.wording.audit import deed
from tests.unit.bot.samples import START, after

WHY = Why
DOWN = Alert(
    id=AlertId(12),
    project_id=ProjectId(1),
    watcher="production",
    problem=Problem(
        fingerprint="down/app",
        severity=Severity.CRITICAL,
        title="app is down",
        what="Its container ended with exit code 1 and <was not> started again.",
        production="Nobody is served.",
        advice="See /logs app; if a deploy brought it, roll back.",
        service="app",
        details=["KeyError: 'mood'", "  in greet()"],
    ),
    began_at=START,
    last_at=START,
    times=1,
    over_at=None,
    acknowledged_at=None,
    acknowledged_by=None,
    snoozed_until=None,
    snoozed_by=None,
)
DISK = replace(
    DOWN,
    id=AlertId(13),
    problem=Problem(
        fingerprint="disk",
        severity=Severity.WARNING,
        title="The disk is filling up",
        what="8 % of it are free.",
        production="Production goes on.",
        advice="Make room on the server.",
    ),
)
SEEN_TO = replace(DISK, id=AlertId(14), acknowledged_at=after(60), acknowledged_by="Ada (42)", times=1234)
THREE = [DOWN, DISK, SEEN_TO]
STORM = Storm(
    id=StormId(3),
    project_id=ProjectId(1),
    began_at=START,
    last_at=after(60),
    over_at=None,
    total=995,
    open=990,
    critical=1,
    unattended=980,
    alerts=THREE,
)
NUDGE = Nudge(
    id=NudgeId(1),
    alert_id=AlertId(12),
    storm_id=None,
    why=Why.REMINDER,
    made_at=after(7260),
    stands=True,
)
STORM_NUDGE = replace(NUDGE, alert_id=None, storm_id=StormId(3))
RESTARTING = RestartWanted(service="app", by="Ada (42)", alert=AlertId(12))
RESTART = Inquiry(
    id=InquiryId(5),
    project_id=ProjectId(1),
    chat=1,
    topic=None,
    message=7,
    wanted=RESTARTING,
    asked_at=after(940),
    taken_at=after(940),
    answered_at=after(970),
    answer=Restarted(service="app", well=True, said="It runs and is healthy."),
)


def test_a_critical_one_says_what_happened_how_production_is_and_what_to_do() -> None:
    card = alert_card(DOWN, "agent", after(960), rollback=True)
    assert card.text == (
        "🚨 <b>Critical: app is down</b> · agent · app\n"
        "Alert 12 · since 2026-03-09 10:00 UTC, for 15 min\n"
        "<b>What happened:</b> Its container ended with exit code 1 and &lt;was not&gt; started again.\n"
        "<b>Production:</b> Nobody is served.\n"
        "<b>Next:</b> See /logs app; if a deploy brought it, roll back.\n"
        "<blockquote expandable>KeyError: 'mood'\nin greet()</blockquote>"
    )
    assert [[button.text for button in row] for row in card.rows] == [
        ["Roll back", "Logs", "Restart"],
        ["Acknowledge", "Snooze"],
    ]


def test_one_that_is_over_says_how_long_it_lasted_and_how_often_it_came() -> None:
    card = alert_card(replace(DOWN, over_at=after(8400), times=3), "agent", after(9000))
    assert card.text.splitlines()[:2] == [
        "✅ <b>Over: app is down</b> · agent · app",
        "Alert 12 · from 2026-03-09 10:00 UTC to 2026-03-09 12:20 UTC, for 2 h · came 3 times",
    ]
    assert card.rows == ()


@pytest.mark.parametrize(
    ("alert", "rows"),
    [
        (replace(DOWN, acknowledged_at=START), [["Logs", "Restart"]]),
        (replace(DOWN, snoozed_until=after(99)), [["Logs", "Restart"], ["Acknowledge"]]),
        (replace(DOWN, snoozed_until=after(9)), [["Logs", "Restart"], ["Acknowledge", "Snooze"]]),
        (DISK, [["Acknowledge", "Snooze"]]),
    ],
)
def test_what_is_offered_fits_its_state(alert: Alert, rows: list[list[str]]) -> None:
    shown = alert_card(alert, "agent", after(10)).rows
    assert [[button.text for button in row] for row in shown] == rows


def test_how_long_it_lasts_changes_the_card_a_few_times_only() -> None:
    texts = {alert_card(DISK, "agent", after(60 * minute)).text for minute in range(120)}
    assert len(texts) == 5  # at first, 5, 15 and 30 minutes, 1 hour
    assert [lasting(timedelta(minutes=minutes)) for minutes in (4, 5, 29, 59, 60, 119, 3000)] == [
        "",
        "5 min",
        "15 min",
        "30 min",
        "1 h",
        "1 h",
        "2 d",
    ]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (1, ""),
        (2, "2 times"),
        (99, "99 times"),
        (101, "more than 100 times"),
        (1000, "more than 900 times"),
        (1234, "more than 1,200 times"),
        (12_345, "more than 12,000 times"),
    ],
)
def test_how_often(times: int, said: str) -> None:
    assert often(times) == said


@pytest.mark.parametrize(
    ("lately", "own", "fresh", "cards"),
    [
        (0, 0, 1, 1),
        (0, 0, 1000, 5),
        (4, 4, 3, 1),
        (5, 5, 1, 0),
        (900, 5, 1, 0),
        (0, 19, 3, 1),
        (0, 20, 3, 0),
        (0, 30, 3, 0),
    ],
)
def test_how_many_get_a_card_of_their_own(lately: int, own: int, fresh: int, cards: int) -> None:
    assert cards_of_their_own(lately, own, fresh) == cards


def test_a_storm_is_counted_and_its_worst_are_listed() -> None:
    text = storm_card(STORM, "agent", after(300)).text
    assert text.startswith(
        "🚨 <b>990 more problems</b> · agent\n1 critical · 5 over · since 2026-03-09 10:00 UTC, for 5 min\n"
    )
    assert "🚨 app is down · app\n" in text
    assert text.endswith("… and 992 more</blockquote>")


def test_a_nudge_says_nothing_that_changes() -> None:
    assert nudge_card(NUDGE, DOWN) == nudge_card(NUDGE, replace(DOWN, times=9, last_at=after(5000)))
    assert nudge_card(NUDGE, DOWN).text == (
        "⏰ <b>app is down</b> lasts, for 2 h now, and nobody sees to it. See above, or write /ack 12."
    )


def test_the_top_of_the_status() -> None:
    assert in_status([], START) == ""
    assert in_status([DOWN, DISK, SEEN_TO, DISK], after(960)) == (
        "🚨 <b>4 problems</b>, 1 critical: /alerts\n"
        "🚨 app is down · app, for 15 min\n"
        "⚠️ The disk is filling up, for 15 min\n"
        "⚠️ The disk is filling up, for 15 min\n"
        "… and 1 more"
    )


def test_a_restart_in_the_audit_log() -> None:
    asked = AuditLine(
        id=1,
        at=START,
        actor="Ada (42)",
        action="restart",
        run=None,
        chat=None,
        detail={"service": "app", "alert": 12},
    )
    done = replace(asked, action="service restarted", detail={"service": "app", "said": "It runs again."})
    assert [deed(asked), deed(done)] == ["had app restarted", "service restarted: app: It runs again."]


def test_what_came_of_a_restart_in_one_line() -> None:
    asked = "Ada (42) asked for a restart of app at 10:15 UTC: "
    assert restart_said(RESTART, RESTARTING) == f"{asked}restarted. It runs and is healthy."
    refused = replace(RESTART, answer=NotFound(what="Run 3 is under way.", advice="Wait."))
    assert restart_said(refused, RESTARTING) == f"{asked}Run 3 is under way. Wait."
    assert "did not answer" in restart_said(replace(RESTART, answer=None), RESTARTING)
