"""The card of a plan: everything that Master decides by, and the two buttons."""

from __future__ import annotations

from bot.callbacks import PlanTap, Verdict
from bot.cards.card import Button, Card, copying
from pipeline.model.plan import Approval, Plan
from pipeline.model.states import ApprovalState
from pipeline.wording.markup import GAP, joined, line, room
from pipeline.wording.plan import plan_body, plan_commits, plan_past
from pipeline.wording.words import APPROVAL_SIGN, KIND, clock, roughly


def plan_card(approval: Approval) -> Card:
    plan, asked = approval.plan, approval.requested_at
    if approval.state is ApprovalState.PENDING:
        parts = [_head(approval), GAP, plan_body(plan, asked)]
        return Card(text=_with_commits(plan, parts, f"\n{_end(approval)}"), rows=_buttons(approval))
    return Card(text=_with_commits(plan, [_head(approval), _end(approval), GAP, plan_past(plan, asked)], ""))


def _with_commits(plan: Plan, above: list[str], below: str) -> str:
    """The commits take what the rest leaves of a message."""
    return joined(*above, plan_commits(plan, room(*above, below)), below)


def _head(approval: Approval) -> str:
    plan = approval.plan
    sign = APPROVAL_SIGN[approval.state]
    word = {
        ApprovalState.PENDING: "Approve?",
        ApprovalState.APPROVED: "Approved",
        ApprovalState.REJECTED: "Rejected",
        ApprovalState.EXPIRED: "Expired",
        ApprovalState.VOIDED: "Voided",
    }[approval.state]
    return f"{sign} <b>{word}</b> · {KIND[plan.kind]} · {line(plan.project, 63)} · run {plan.run_id}"


def _end(approval: Approval) -> str:
    by = line(approval.answered_by or "unknown", 80)
    at = f" at {clock(approval.answered_at)}" if approval.answered_at else ""
    match approval.state:
        case ApprovalState.PENDING:
            return (
                f"Answer before {clock(approval.expires_at)}, within"
                f" {roughly(approval.expires_at - approval.requested_at)}; silence means no."
            )
        case ApprovalState.APPROVED:
            return f"Approved by {by}{at}."
        case ApprovalState.REJECTED:
            return f"Rejected by {by}{at}. Nothing changed."
        case ApprovalState.EXPIRED:
            return f"Nobody answered until {clock(approval.expires_at)}. Nothing changed."
        case ApprovalState.VOIDED:
            said = f" after it was approved by {by}{at}" if approval.answered_by else ""
            return f"No longer fits what is there{said}. Nothing changed."


def _buttons(approval: Approval) -> tuple[tuple[Button, ...], ...]:
    yes = PlanTap(verdict=Verdict.APPROVE, nonce=approval.nonce).pack()
    no = PlanTap(verdict=Verdict.REJECT, nonce=approval.nonce).pack()
    loses = approval.plan.restore is not None
    return (
        (
            Button(text="Approve", data=yes, style="danger" if loses else "success"),
            Button(text="Reject", data=no),
        ),
        *copying(approval.plan.goal.sha),
    )
