"""The card of a plan: everything that Master decides by, and the buttons."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import NewerTap, PlanTap, Verdict
from bot.cards.card import Button, Card, Style, copying
from pipeline.model.moment import unzoned
from pipeline.model.plan import Approval, Plan
from pipeline.model.states import ApprovalState
from pipeline.wording.markup import GAP, TEXT_LIMIT, code, joined, line, room, shown_length
from pipeline.wording.plan import freeze_holds, plan_body, plan_commits, plan_past, standing
from pipeline.wording.words import APPROVAL_SIGN, FROZEN, KIND, REMINDER

_FORMATTED = 100  # Telegram shows the formatting of so many parts of a message
_WORD = {
    ApprovalState.PENDING: "Approve?",
    ApprovalState.APPROVED: "Approved",
    ApprovalState.REJECTED: "Rejected",
    ApprovalState.EXPIRED: "Expired",
    ApprovalState.VOIDED: "Voided",
    ApprovalState.SUPERSEDED: "Superseded",
}


def plan_card(approval: Approval, frozen_until: datetime | None = None, *, over: bool = True) -> Card:
    """`frozen_until`: the end of a freeze that holds for it. `over`: its run has ended, so that another one
    may be asked for."""
    plan, asked = approval.plan, approval.requested_at
    below = _below(approval, frozen_until)
    if _waits(approval):
        parts = [_head(approval), GAP, plan_body(plan, asked)]
        rows = (*_rows(approval, frozen_until, details=True), *copying(plan.goal.sha))
        return Card(text=_with_commits(plan, parts, f"\n{below}"), rows=rows)
    parts = [_head(approval), below, GAP, plan_past(plan, asked)]
    newer = _newer(approval) if over and approval.newer_sha else ()
    return Card(text=_with_commits(plan, parts, ""), rows=newer)


def _with_commits(plan: Plan, above: list[str], below: str) -> str:
    """The commits take what the rest leaves of a message."""
    return joined(*above, plan_commits(plan, room(*above, below)), below)


def reminder_card(approval: Approval, frozen_until: datetime | None, *, still: bool) -> Card:
    """`still`: the plan waits for the end that is reminded of."""
    plan = approval.plan
    if not still:
        return Card(text=joined(_head(approval), standing(approval)))
    what = joined(
        f"{REMINDER} <b>A plan still waits</b> · {KIND[plan.kind]} · {line(plan.project, 63)}"
        f" · run {plan.run_id}",
        f"{code(plan.goal.short_sha)} {line(plan.subject, 120)}".rstrip(),
        _below(approval, frozen_until),
    )
    return Card(text=what, rows=_rows(approval, frozen_until, details=False))


def is_whole(text: str) -> bool:
    """Whether one message holds it all, and shows its formatting."""
    return shown_length(text) <= TEXT_LIMIT and text.count("</") <= _FORMATTED


def details_card(text: str) -> Card:
    """As much of it as a message holds, by whole lines."""
    if is_whole(text):
        return Card(text=text)
    below = "\n… the document below holds the rest."
    kept: list[str] = []
    left, formatted = room(below), _FORMATTED
    for each in text.split("\n"):
        left -= shown_length(each) + 1
        formatted -= each.count("</")
        if left < 0 or formatted < 0:
            break
        kept.append(each)
    return Card(text="\n".join([*kept, below]))


def _head(approval: Approval) -> str:
    plan = approval.plan
    sign = APPROVAL_SIGN[approval.state]
    word = _WORD[approval.state]
    return f"{sign} <b>{word}</b> · {KIND[plan.kind]} · {line(plan.project, 63)} · run {plan.run_id}"


def _below(approval: Approval, frozen_until: datetime | None) -> str:
    frozen = f"{FROZEN} <b>{freeze_holds(frozen_until)}</b>" if frozen_until and _waits(approval) else ""
    ask = "Reply to this message to say why." if _wants_reason(approval) else ""
    return joined(frozen, standing(approval), ask)


def _waits(approval: Approval) -> bool:
    return approval.state is ApprovalState.PENDING


def _wants_reason(approval: Approval) -> bool:
    return approval.state is ApprovalState.REJECTED and approval.reason is None


def _rows(
    approval: Approval, frozen_until: datetime | None, *, details: bool
) -> tuple[tuple[Button, ...], ...]:
    if not _waits(approval):
        return ()
    style: Style = "danger" if approval.plan.restore else "success"
    yes = (
        Button(text="Approve despite freeze", data=_tap(approval, Verdict.DESPITE), style="danger")
        if frozen_until
        else Button(text="Approve", data=_tap(approval, Verdict.APPROVE), style=style)
    )
    no = Button(text="Reject", data=_tap(approval, Verdict.REJECT))
    more = Button(text="Details", data=_tap(approval, Verdict.DETAILS))
    wait = Button(text=f"Later ({_longer(approval)})", data=_tap(approval, Verdict.LATER))
    below = (*((more,) if details else ()), *(() if approval.postponed_at else (wait,)))
    above = ((yes,), (no,)) if frozen_until else ((yes, no),)  # its words would be cut on a phone
    return (*above, below) if below else above


def _newer(approval: Approval) -> tuple[tuple[Button, ...], ...]:
    newer = NewerTap(run=approval.run_id).pack()
    return ((Button(text="Plan the newer commit", data=newer, style="primary"),),)


def _longer(approval: Approval) -> str:
    """Until when it would wait. The card says the zone, and half a phone's width holds no more."""
    return f"until {unzoned(approval.expires_at + (approval.expires_at - approval.requested_at), '%H:%M')}"


def _tap(approval: Approval, verdict: Verdict) -> str:
    return PlanTap(verdict=verdict, nonce=approval.nonce).pack()
