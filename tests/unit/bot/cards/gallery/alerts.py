"""Alerts over their life, storms, and restarts."""

from __future__ import annotations

from dataclasses import replace

from bot.callbacks import AlertBackTap
from bot.cards import alert, alerts, restart
from bot.cards.way_back import choice_card
from pipeline.model.inquiry import NotFound, Restarted
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_alert import (
    DISK,
    DOWN,
    NUDGE,
    RESTART,
    RESTARTING,
    STORM,
    STORM_NUDGE,
    THREE,
    WHY,
)
from tests.unit.bot.cards.test_way_back import NOW as WAY_BACK_NOW
from tests.unit.bot.cards.test_way_back import WAYS
from tests.unit.bot.samples import START, after

PROJECT = "server-agent-vnext"
ADA = "Ada (42)"
_ACKNOWLEDGED = replace(DOWN, acknowledged_at=after(900), acknowledged_by=ADA)
_OVER = replace(DOWN, over_at=after(8400), times=3)
_LATER = after(9000)

ALERTS = {
    "critical": of(alert.alert_card, DOWN, PROJECT, after(960), rollback=True),
    "warning": of(alert.alert_card, DISK, PROJECT, after(60)),
    "restart asked": of(alert.alert_card, DOWN, PROJECT, after(960), rollback=True, asks="restart"),
    "for how long": of(alert.alert_card, DISK, PROJECT, after(960), asks="snooze"),
    "acknowledged": of(alert.alert_card, _ACKNOWLEDGED, PROJECT, after(960)),
    "snoozed": of(
        alert.alert_card,
        replace(DISK, snoozed_until=after(30_000), snoozed_by=ADA),
        PROJECT,
        after(7300),
        pictured=False,
    ),
    "came back": of(
        alert.alert_card, replace(DOWN, times=3, last_at=after(1900)), PROJECT, after(1910), pictured=False
    ),
    "restarted": of(
        alert.alert_card,
        replace(DOWN, note=restart.restart_said(RESTART, RESTARTING), noted_at=after(970)),
        PROJECT,
        after(980),
        pictured=False,
    ),
    "over": of(alert.alert_card, _OVER, PROJECT, _LATER),
    "reminder": of(alert.nudge_card, NUDGE, DOWN),
    "is back": of(alert.nudge_card, replace(NUDGE, why=WHY.BACK), DISK),
    "became critical": of(alert.nudge_card, replace(NUDGE, why=WHY.CRITICAL), DOWN),
    "a storm": of(alerts.storm_card, STORM, PROJECT, after(300)),
    "a storm is over": of(
        alerts.storm_card,
        replace(STORM, open=0, critical=0, unattended=0, over_at=after(8400), alerts=[_OVER]),
        PROJECT,
        _LATER,
        pictured=False,
    ),
    "a storm acknowledged": of(
        alerts.storm_card, replace(STORM, unattended=0), PROJECT, after(300), pictured=False
    ),
    "reminder of a storm": of(alert.nudge_card, STORM_NUDGE, STORM, pictured=False),
    "a storm is back": of(alert.nudge_card, replace(STORM_NUDGE, why=WHY.BACK), STORM, pictured=False),
    "a storm became critical": of(
        alert.nudge_card, replace(STORM_NUDGE, why=WHY.CRITICAL), STORM, pictured=False
    ),
    "all": of(alerts.alerts_card, PROJECT, THREE, [_OVER], _LATER),
    "many": of(alerts.alerts_card, PROJECT, THREE * 5, [_OVER], _LATER, 1, ours=(4,), pictured=False),
    "none lasts": of(alerts.alerts_card, PROJECT, [], [], START, pictured=False),
    "none known": of(alerts.no_alert, 12, pictured=False),
    "over already": of(alerts.no_alert, 12, over=True, pictured=False),
    "acknowledged by command": of(alerts.attended_card, _ACKNOWLEDGED, pictured=False),
    "snoozed by command": of(alerts.attended_card, replace(DISK, snoozed_until=after(7200)), pictured=False),
    "restart by command": of(restart.restart_card, "app", START),
    "restarting": of(restart.restarting_card, "app", ADA, START, pictured=False),
    "was restarted": of(restart.restarted_card, RESTART, RESTARTING),
    "restarted and not well": of(
        restart.restarted_card,
        replace(
            RESTART,
            answer=Restarted(service="app", well=False, said="It ended again, with exit code 1."),
        ),
        RESTARTING,
    ),
    "not restarted": of(
        restart.restarted_card,
        replace(
            RESTART,
            answer=NotFound(
                what="There is no service 'ap'.", advice="Choose one of these:", services=["app"]
            ),
        ),
        RESTARTING,
        pictured=False,
    ),
    "no answer to a restart": of(
        restart.restarted_card, replace(RESTART, answer=None), RESTARTING, pictured=False
    ),
    "a way back for an alert": of(choice_card, WAYS, WAY_BACK_NOW, AlertBackTap, ours=(2,), pictured=False),
}
