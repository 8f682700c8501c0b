"""The card of a plan: everything that Master decides by, and the two buttons."""

from __future__ import annotations

import shlex

from bot.callbacks import PlanTap, Verdict
from bot.cards.card import GAP, Button, Card, joined, room
from bot.cards.facts import tests
from bot.cards.text import code, line, quote
from bot.cards.words import APPROVAL_SIGN, KIND, WARNING, change, clock, day, duration, short, size
from pipeline.model.plan import Approval, Plan
from pipeline.model.results import CommitLine
from pipeline.model.states import ApprovalState, RunKind

_WARNINGS = 6


def plan_card(approval: Approval) -> Card:
    plan = approval.plan
    above = joined(_head(approval), GAP, _sides(plan), *_facts(plan), *_warnings(plan))
    below = _end(approval)
    return Card(
        text=joined(above, _commits(plan, room(above, below)), below),
        rows=_buttons(approval.nonce) if approval.state is ApprovalState.PENDING else (),
    )


def commit_line(commit: CommitLine) -> str:
    return f"{code(short(commit.sha))} {line(commit.subject, 80)} – {line(commit.author, 30)}"


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


def _sides(plan: Plan) -> str:
    goal, live = plan.goal, plan.live
    branch = f"<b>{line(goal.branch, 100)}</b> " if goal.branch else ""
    to = f"{branch}{code(goal.short_sha)}"
    subject = f" {line(plan.subject, 120)}" if plan.subject else ""
    was = f" (live from {day(goal.since)})" if goal.since else ""
    if live is None:
        return f"{to}{subject}{was}\nNothing is live yet."
    since = f" since {day(live.since)}" if live.since else ""
    return f"{to}{subject}{was}\nNow live: {code(live.short_sha)}{since}"


def _facts(plan: Plan) -> list[str]:
    facts = [f"Services: {line(', '.join(plan.services), 200)}"]
    if plan.tests is not None:
        facts.append(f"Tests: {tests(plan.tests)}")
    if plan.image_bytes:
        live = plan.live_image_bytes
        moved = f" ({change(plan.image_bytes - live)})" if live is not None else ""
        facts.append(f"Image: {size(plan.image_bytes)}{moved}")
    if plan.backup is not None:
        said = size(plan.backup.bytes) if plan.backup.path else line(plan.backup.note or "none", 100)
        facts.append(f"Backup: {said}")
    if plan.kind is RunKind.DEPLOY:
        command = code(shlex.join(plan.migration), 150) if plan.migration else "none"
        facts.append(f"Migration: {command}")
    expected = (
        "not known yet" if plan.downtime_seconds is None else f"about {duration(plan.downtime_seconds)}"
    )
    return [*facts, f"Expected downtime: {expected}"]


def _warnings(plan: Plan) -> list[str]:
    shown = [f"{WARNING} <b>{line(warning, 250)}</b>" for warning in plan.warnings[:_WARNINGS]]
    hidden = len(plan.warnings) - len(shown)
    return [*shown, f"{WARNING} <b>and {hidden} more warnings</b>"] if hidden > 0 else shown


def _commits(plan: Plan, budget: int) -> str:
    if plan.kind is not RunKind.DEPLOY:
        return ""
    if not plan.commits:
        return "\nNo commits since live."
    head = f"\n<b>Commits since live: {plan.commit_count}</b>"
    items = [commit_line(commit) for commit in plan.commits]
    total = max(plan.commit_count, len(items))
    return f"{head}\n{quote(items, total=total, budget=min(budget - 60, 2000))}"


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
