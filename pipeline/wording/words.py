"""Durations, sizes, ages, and the one sign of each state."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.model.moment import clock as clock
from pipeline.model.moment import day as day
from pipeline.model.moment import second as second
from pipeline.model.release import Release
from pipeline.model.states import ApprovalState, PushState, RunKind, RunState, StageState

WORKER_SILENT = timedelta(seconds=60)
"""The worker tells something every ten seconds; after this long it is called silent."""

RUN_SIGN = {
    RunState.REQUESTED: "🕓",
    RunState.RUNNING: "▶️",
    RunState.AWAITING: "✋",
    RunState.REVERTING: "⏪",
    RunState.SUCCEEDED: "✅",
    RunState.FAILED: "❌",
    RunState.REVERTED: "↩️",
    RunState.BROKEN: "🚨",
    RunState.REJECTED: "🚫",
    RunState.EXPIRED: "⌛",
    RunState.VOIDED: "⚪",
    RunState.CANCELLED: "🛑",
}
RUN_WORD = {
    RunState.REQUESTED: "Requested",
    RunState.RUNNING: "Running",
    RunState.AWAITING: "Waits for approval",
    RunState.REVERTING: "Going back",
    RunState.SUCCEEDED: "Done",
    RunState.FAILED: "Failed",
    RunState.REVERTED: "Reverted",
    RunState.BROKEN: "Broken",
    RunState.REJECTED: "Rejected",
    RunState.EXPIRED: "Expired",
    RunState.VOIDED: "Voided",
    RunState.CANCELLED: "Cancelled",
}
STAGE_SIGN = {
    StageState.PENDING: "▫️",
    StageState.RUNNING: RUN_SIGN[RunState.RUNNING],
    StageState.SUCCEEDED: RUN_SIGN[RunState.SUCCEEDED],
    StageState.FAILED: RUN_SIGN[RunState.FAILED],
    StageState.SKIPPED: "➖",
}
APPROVAL_SIGN = {
    ApprovalState.PENDING: RUN_SIGN[RunState.AWAITING],
    ApprovalState.APPROVED: RUN_SIGN[RunState.SUCCEEDED],
    ApprovalState.REJECTED: RUN_SIGN[RunState.REJECTED],
    ApprovalState.EXPIRED: RUN_SIGN[RunState.EXPIRED],
    ApprovalState.VOIDED: RUN_SIGN[RunState.VOIDED],
    ApprovalState.SUPERSEDED: RUN_SIGN[RunState.VOIDED],
}
PUSH_SIGN = {
    PushState.SEEN: "🔔",
    PushState.DEPLOYED: RUN_SIGN[RunState.SUCCEEDED],
    PushState.SKIPPED: STAGE_SIGN[StageState.SKIPPED],
    PushState.SUPERSEDED: RUN_SIGN[RunState.VOIDED],
}
WARNING = "⚠️"
ANSWER_WANTED = "❓"
REMINDER = "⏰"
FROZEN = "❄️"
PAUSED = "⏸️"
SIGNS = frozenset(
    {
        *RUN_SIGN.values(),
        *STAGE_SIGN.values(),
        *APPROVAL_SIGN.values(),
        *PUSH_SIGN.values(),
        WARNING,
        ANSWER_WANTED,
        REMINDER,
        FROZEN,
        PAUSED,
    }
)
"""Every sign that a card may show; each stands for one thing wherever it is."""

KIND = {
    RunKind.DEPLOY: "Deploy",
    RunKind.ROLLBACK: "Rollback",
    RunKind.BACKUP: "Backup",
    RunKind.TEST: "Test",
    RunKind.BUILD: "Build",
    RunKind.RESTORE: "Restore",
    RunKind.DRILL: "Drill",
    RunKind.REWIND: "Rollback with data",
    RunKind.ROLLBACK_DRILL: "Rollback drill",
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TENTHS = 10
_KIBI = 1024.0


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`, `4 d 2 h`."""
    if seconds < 1:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def exactly(seconds: float) -> str:
    """To a tenth of a second where that says something: `2.1 s`, `12 s`."""
    return f"{seconds:.1f} s" if seconds < _TENTHS else duration(seconds)


def span(taken: timedelta) -> str:
    return duration(taken.total_seconds())


def elapsed(taken: timedelta) -> str:
    """How long something has been going on, in steps, so that a card is not edited every second."""
    seconds = int(taken.total_seconds())
    if seconds < 10:
        return ""
    step = 10 if seconds < 10 * _MINUTE else _MINUTE
    return duration(seconds // step * step)


def age(at: datetime, now: datetime) -> str:
    """`just now`, `25 s ago`, `3 min ago`, `5 h ago`, `2 d ago`."""
    return f"{roughly(now - at)} ago" if now - at >= timedelta(seconds=5) else "just now"


def roughly(taken: timedelta) -> str:
    """`25 s`, `3 min`, `5 h`, `2 d`: no longer than it was."""
    seconds = int(taken.total_seconds())
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def aged(at: datetime, now: datetime) -> str:
    """`2026-03-09 11:04 CET (3 h ago)`."""
    return f"{day(at)} ({age(at, now)})"


def size(count: int) -> str:
    """`812 B`, `12.3 MB`; a kilobyte is 1024 bytes."""
    value = float(abs(count))
    for unit in ("B", "kB", "MB", "GB"):
        if value < _KIBI:
            shown = f"{value:.0f}" if unit == "B" or value >= 100 else f"{value:.1f}"
            return f"{'-' if count < 0 else ''}{shown} {unit}"
        value /= _KIBI
    return f"{'-' if count < 0 else ''}{value:.1f} TB"


def change(count: int) -> str:
    """A difference of sizes: `+1.2 MB`, `-300 kB`, `no change`."""
    if count == 0:
        return "no change"
    return f"+{size(count)}" if count > 0 else size(count)


def share(value: float) -> str:
    return f"{value * 100:.0f} %"


def short(sha: str | None) -> str:
    return sha[:7] if sha else "unknown"


def named(release: Release) -> str:
    """A release in a sentence, for showing in <code>."""
    return release.short_sha
