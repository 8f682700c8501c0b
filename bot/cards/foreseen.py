"""What a deploy would do, as the worker foresees it: the words of the gate, without a run."""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Card, copying
from bot.cards.logs import no_answer
from pipeline.model.inquiry import Inquiry, NotFound, PlanFound
from pipeline.model.release import Observation
from pipeline.wording.foreseen import known_later
from pipeline.wording.markup import advice, folded, joined, line, room
from pipeline.wording.plan import plan_body, plan_commits
from pipeline.wording.words import WARNING, clock

_CHANGES = 8
_COMMITS_ROOM = 150


def foreseen_card(inquiry: Inquiry, seen: Observation | None, now: datetime) -> Card:
    """What the worker answered, or that it did not."""
    match inquiry.answer:
        case PlanFound():
            return _foreseen(inquiry, inquiry.answer)
        case NotFound(what=what, advice=next_):
            return _nothing(line(what, 700), next_)
        case _:
            return _nothing(*no_answer(inquiry, seen, now))


def _foreseen(inquiry: Inquiry, found: PlanFound) -> Card:
    at = inquiry.answered_at
    head = joined(
        f"<b>Plan only</b> · {line(found.plan.project, 63)}{f' · {clock(at)}' if at else ''}",
        "A deploy would do this now. Nothing was done.",
    )
    later = f"Known only after their stages: {', '.join(known_later(found.tests))}."
    body, changes = plan_body(found.plan, at), _changes(found)
    left = room(head, body, changes, later) - 20
    commits = plan_commits(found.plan, left) if left > _COMMITS_ROOM else ""
    return Card(
        text=joined(head, body, commits, changes, later),
        rows=copying(found.plan.goal.sha),
    )


def _changes(found: PlanFound) -> str:
    changes = found.compose_changes
    if changes is None:
        return ""
    count = len(changes)
    if not count:
        return "Compose file: no change"
    hidden = f"… and {count - _CHANGES} more" if count > _CHANGES else ""
    named = [line(change, 80) for change in changes[:_CHANGES]]
    return joined(f"Compose file: {count} change{'' if count == 1 else 's'}", folded(*named, hidden))


def _nothing(what: str, next_: str) -> Card:
    return Card(
        text=f"{WARNING} <b>No plan.</b> {what}\n"
        f"<b>Production</b> goes on by itself; nothing was done to it.\n<b>Next:</b> {advice(next_)}"
    )
