"""What is set: by group, without secrets, and when schedules come next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.callbacks import Listed, MuteFor, MuteTap, PageTap
from bot.cards.card import Button, Card
from bot.cards.paging import BY_NAME, page_of, turning
from bot.cards.push import muted
from pipeline.model.push import Mute
from pipeline.model.told import ToldSetting
from pipeline.wording.markup import code, joined, line
from pipeline.wording.words import WARNING, day

A_PAGE = 24
"""Settings on one card."""

_KEY = 48
_VALUE = 60
_GROUPS = {
    "Telegram": ("TELEGRAM_", "MASTER_", "BOT_", "QUIET_"),
    "Repository": ("GIT_", "PROJECT_", "PUSH_", "AUTO_APPROVE_"),
    "Database": ("DB_", "PIPELINE_DB_"),
    "Schedules": ("BACKUP_CRON", "DRILL_", "ROLLBACK_DRILL_", "DIGEST_"),
    "Backups": ("BACKUP_", "OFFSITE"),
    "Application": ("DOCKER_", "COMPOSE_", "DEPLOYMENT_GROUP", "API_", "COVERAGE_THRESHOLD", "COVERAGE_NOT_"),
    "Runs": ("DEPLOYMENT_", "STARTUP_", "APPROVAL_", "SIDE_", "REHEARSE", "SMOKE_", "TEST_", "BUILD_"),
    "What is kept": ("KEEP_", "EVENTS_", "LOG_", "COVERAGE_REPORTS", "STATE_"),
}
_OTHER = "Others"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`moments` are the next ones of settings that are schedules; None where one never comes. `resting` are
    keys of those that are paused by themselves, `paused` says that all are.

    `worker` is None where it has not told yet.
    """

    project: str
    bot: Sequence[ToldSetting]
    worker: Sequence[ToldSetting] | None
    moments: Mapping[str, datetime | None]
    paused: bool = False
    mute: Mute | None = None
    resting: Collection[str] = ()


def settings_card(chosen: Chosen, number: int = 0) -> Card:
    """Page `number`, from 0."""
    merged = {each.key: each for each in (*(chosen.worker or ()), *chosen.bot)}
    ordered = sorted(merged.values(), key=lambda each: _place(each.key))
    page = page_of(ordered, number, A_PAGE)
    lines: list[str] = []
    group = ""
    for each in page.items:
        if _group(each.key) != group:
            group = _group(each.key)
            lines.append(f"\n<b>{group}</b>")
        lines.append(_setting(each, chosen))
    silent = [muted(chosen.mute)] if chosen.mute else []
    tap = MuteTap(span=MuteFor.END, push=0).pack()
    ending = ((Button(text="Unmute", data=tap),),) if chosen.mute else ()
    return Card(
        text=joined(
            f"<b>Settings</b> · {line(chosen.project, 63)}{page.place}", *_warnings(chosen), *silent, *lines
        ),
        rows=(*ending, *turning(page, lambda to: PageTap(of=Listed.SETTINGS, page=to), BY_NAME)),
    )


def _setting(each: ToldSetting, chosen: Chosen) -> str:
    mark = " (default)" if each.default else ""
    shown = line(each.value or "", _VALUE) if each.secret else code(each.value or "", _VALUE)
    value = "not set" if each.value is None else shown
    when = chosen.moments.get(each.key)
    following = f", next {day(when)}" if when else ""
    if when and each.key in chosen.resting:
        following = ", paused"
    rests = ", rests during the pause" if when and chosen.paused else following
    return f"{line(each.key, _KEY)} {value}{mark}{rests}"


def _warnings(chosen: Chosen) -> list[str]:
    if chosen.worker is None:
        return [f"{WARNING} The worker has not told its settings yet."]
    ours = {each.key: each.value for each in chosen.bot}
    differ = [each.key for each in chosen.worker if ours.get(each.key, each.value) != each.value]
    if not differ:
        return []
    return [
        f"{WARNING} Bot and worker run with different values of {line(', '.join(differ), 300)}:"
        " restart both. Shown is the bot's."
    ]


def _group(key: str) -> str:
    return next((name for name, begins in _GROUPS.items() if key.startswith(begins)), _OTHER)


def _place(key: str) -> int:
    names = [*_GROUPS, _OTHER]
    return names.index(_group(key))
