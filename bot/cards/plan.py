"""The card of a plan: everything that Master decides by, and the two buttons."""

from __future__ import annotations

from bot.callbacks import PlanTap, Verdict
from bot.cards.card import Button, Card
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from pipeline.wording.markup import GAP, joined, line, room
from pipeline.wording.plan import plan_body, plan_commits
from pipeline.wording.words import APPROVAL_SIGN, KIND, clock


def plan_card(approval: Approval) -> Card:
    plan = approval.plan
    above = joined(_head(approval), GAP, plan_body(plan))
    below = _end(approval)
    return Card(
        text=joined(above, plan_commits(plan, room(above, below)), below),
        rows=_buttons(approval.nonce) if approval.state is ApprovalState.PENDING else (),
    )


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
            return f"\nAnswer before {clock(approval.expires_at)}; silence means no."
        case ApprovalState.APPROVED:
            return f"\nApproved by {by}{at}."
        case ApprovalState.REJECTED:
            return f"\nRejected by {by}{at}. Nothing changed."
        case ApprovalState.EXPIRED:
            return f"\nNobody answered until {clock(approval.expires_at)}. Nothing changed."
        case ApprovalState.VOIDED:
            said = f" after it was approved by {by}{at}" if approval.answered_by else ""
            return f"\nNo longer fits what is there{said}. Nothing changed."


def _buttons(nonce: str) -> tuple[tuple[Button, ...], ...]:
    yes = PlanTap(verdict=Verdict.APPROVE, nonce=nonce).pack()
    no = PlanTap(verdict=Verdict.REJECT, nonce=nonce).pack()
    return (
        (
            Button(text="Approve", data=yes, style="success"),
            Button(text="Reject", data=no, style="danger"),
        ),
    )
