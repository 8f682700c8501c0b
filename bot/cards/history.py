"""The runs that were, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.callbacks import HistoryTap, LogsTap, RunTap, Turn
from bot.cards.card import Button, Card
from bot.cards.paging import Row, turn_row
from bot.cards.progress import run_card
from bot.paging import Page
from pipeline.model.audit import AuditLine
from pipeline.model.plan import Approval
from pipeline.model.run import Run, RunView
from pipeline.model.states import ApprovalState, RunState, Source, StageState
from pipeline.store.history import PastRun
from pipeline.wording.audit import audit_line
from pipeline.wording.markup import GAP, advice, code, joined, line, quote, room, told_of_production
from pipeline.wording.outcome import figures
from pipeline.wording.words import (
    APPROVAL_SIGN,
    KIND,
    RUN_SIGN,
    RUN_WORD,
    STAGE_SIGN,
    WARNING,
    day,
    short,
    span,
)

_A_ROW = 4
_ANSWERS = 4
_NOTHING = STAGE_SIGN[StageState.SKIPPED]
_WHERE = {
    Source.TELEGRAM: "in the chat",
    Source.PUSH: "on the card of a push",
    Source.CLI: "on the command line",
    Source.SCHEDULE: "by a schedule",
    Source.PROBATION: "by the probation",
    Source.ALERT: "on the card of an alert",
}


@dataclass(frozen=True, kw_only=True)
class Story:
    """A run with the answers to its plans, oldest first, and the lines of the audit log about it, the newest
    first.

    `log`: whether the journal has its log.
    """

    view: RunView
    approvals: Sequence[Approval]
    lines: Sequence[AuditLine]
    log: bool


def history_card(project: str, page: Page[PastRun], lines: int) -> Card:
    """`lines` is how many a page has."""
    if not page.items:
        return Card(text=f"{_NOTHING} No run yet. /deploy begins the first.")
    newer = HistoryTap(turn=Turn.NEWER, run=page.items[0].id, lines=lines) if page.newer else None
    older = HistoryTap(turn=Turn.OLDER, run=page.items[-1].id, lines=lines) if page.older else None
    buttons = [Button(text=str(run.id), data=RunTap(run=run.id).pack()) for run in page.items]
    return Card(
        text=joined(
            f"<b>Runs</b> · {line(project, 63)}",
            GAP,
            *(_run(run) for run in page.items),
            "\nA number shows all of that run.",
        ),
        rows=(*_rows(buttons), *turn_row(newer, older)),
    )


def story_card(story: Story, now: datetime) -> Card:
    run = story.view.run
    above = joined(
        run_card(story.view, now).text,
        GAP,
        figures(story.view),
        *_failure(run),
        _asked(story),
        *_answers(story.approvals),
    )
    count = f"{len(story.lines)} line{'s' if len(story.lines) != 1 else ''}"
    head = f"\n<b>Audit log</b> · {count} about this run"
    told = [audit_line(entry, of_run=True) for entry in reversed(story.lines)]
    trail = quote(told, total=len(told), budget=room(above, head))
    return Card(text=joined(above, *([head, trail] if trail else [])), rows=_buttons(story))


def no_run(number: int, newest: int | None, most: int) -> Card:
    """`newest` is the newest there is; up to `most` can be listed."""
    there = f"The newest is run {newest}." if newest else "There is none yet."
    listed = f" /history last {number} lists the newest {number}." if newest and 0 < number <= most else ""
    return Card(text=f"{WARNING} There is no run {number}. {there}{listed}")


def _run(run: PastRun) -> str:
    parts = [
        f"{RUN_SIGN[run.state]} <b>{run.id}</b> {KIND[run.kind].lower()}",
        *([code(short(run.sha))] if run.sha else []),
        RUN_WORD[run.state].lower(),
        day(run.requested_at),
        *([span(run.finished_at - (run.started_at or run.requested_at))] if run.finished_at else []),
        line(run.requested_by, 40),
    ]
    return " · ".join(parts)


def _asked(story: Story) -> str:
    run = story.view.run
    first = next((entry.chat for entry in reversed(story.lines) if entry.chat is not None), None)
    by_chat = run.source in (Source.TELEGRAM, Source.PUSH) and first is not None
    chat = f", from chat {first}" if by_chat else ""
    return f"Asked {day(run.requested_at)} {_WHERE[run.source]} by {line(run.requested_by, 80)}{chat}"


def _answers(approvals: Sequence[Approval]) -> list[str]:
    """Of very many the last ones."""
    left = len(approvals) - _ANSWERS
    more = [f"{left} plan{'s' if left != 1 else ''} before"] if left > 0 else []
    return [*more, *map(_answer, approvals[-_ANSWERS:])]


def _answer(approval: Approval) -> str:
    at = f", {day(approval.answered_at)}" if approval.answered_at else ""
    by = f" by {line(approval.answered_by, 80)}" if approval.answered_by else ""
    why = f": {line(approval.reason, 300)}" if approval.reason else ""
    changed = line(approval.what_changed, 300) if approval.what_changed else ""
    match approval.state:
        case ApprovalState.PENDING:
            word = "Plan waits for an answer"
        case ApprovalState.APPROVED:
            freeze = " despite a freeze" if approval.despite_freeze else ""
            word = f"Plan approved{freeze}{by}{at}{why}"
        case ApprovalState.REJECTED:
            word = f"Plan rejected{by}{at}{why}"
        case ApprovalState.EXPIRED:
            word = "Plan expired: nobody answered in time"
        case ApprovalState.VOIDED:
            word = f"Plan{f' approved{by}{at},' if by else ''} voided: {changed or 'it no longer fitted'}"
        case ApprovalState.SUPERSEDED:
            word = f"Plan superseded: {changed or 'a newer push came'}"
        case _:
            assert_never(approval.state)
    return f"{APPROVAL_SIGN[approval.state]} {word}"


def _failure(run: Run) -> list[str]:
    failure = run.failure
    if failure is None:
        return []
    where = f" at {failure.stage}" if failure.stage and run.state is not RunState.REJECTED else ""
    return [
        f"<b>What happened{where}:</b> {line(failure.what, 500)}",
        told_of_production(failure.production, 300),
        f"<b>Next:</b> {advice(failure.advice, 300)}",
    ]


def _buttons(story: Story) -> tuple[Row, ...]:
    run = story.view.run
    back = HistoryTap(turn=Turn.OLDER, run=0, lines=0)
    row = [Button(text="« Runs", data=back.pack())]
    if story.log:
        row.append(Button(text="Logs", data=LogsTap(run=run.id).pack()))
    return (tuple(row),)


def _rows(buttons: Sequence[Button]) -> tuple[Row, ...]:
    return tuple(tuple(buttons[at : at + _A_ROW]) for at in range(0, len(buttons), _A_ROW))
