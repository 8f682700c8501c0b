"""What a plan says: everything that Master decides by, in chat and on the command line alike."""

from __future__ import annotations

import shlex
from datetime import datetime

from pipeline.model.plan import Approval, Plan, PlannedChecks
from pipeline.model.results import CommitLine
from pipeline.model.states import ApprovalState, RunKind
from pipeline.of_project import CONTROLLER
from pipeline.wording.facts import backup, image, rehearsed, tests
from pipeline.wording.markup import code, folded, joined, line, quote
from pipeline.wording.restore import kept_for_undo, restore_lines
from pipeline.wording.words import WARNING, aged, clock, day, duration, short

REASON = 300
"""Code points of a reason that are shown."""

_ITSELF = "The controller replaces itself: the chat is away meanwhile, then this card goes on."
_WARNINGS = 6
_PATHS = 4
_ALL = 4000


def plan_text(plan: Plan) -> str:
    """The whole of it, where no limit of a message holds."""
    return joined(plan_body(plan), plan_commits(plan, _ALL))


def plan_body(plan: Plan, asked: datetime | None = None) -> str:
    """Both sides, the warnings and what is decided by, then the rest folded. Ages are those at `asked`."""
    return joined(_sides(plan, asked), *_warnings(plan), *_facts(plan), folded(*_details(plan)))


def plan_past(plan: Plan, asked: datetime) -> str:
    """Of a plan that is answered: the sides, and the rest folded."""
    return joined(_sides(plan, asked), folded(*_warnings(plan), *_facts(plan), *_details(plan)))


def plan_commits(plan: Plan, budget: int) -> str:
    """What comes with a deploy, in at most `budget` code points; empty for other kinds of run."""
    if plan.kind is not RunKind.DEPLOY:
        return ""
    if not plan.commits:
        return "\nNo commits since live."
    head = f"\n<b>Commits since live: {plan.commit_count}</b>"
    items = [commit_line(commit) for commit in plan.commits]
    total = max(plan.commit_count, len(items))
    return f"{head}\n{quote(items, total=total, budget=min(budget - 60, 2000))}"


def standing(approval: Approval) -> str:
    """What became of a plan, or what silence means for one that waits."""
    by = line(approval.answered_by or "unknown", 80)
    at = f" at {clock(approval.answered_at)}" if approval.answered_at else ""
    why = f": {line(approval.reason, REASON)}" if approval.reason else ""
    match approval.state:
        case ApprovalState.PENDING:
            put_off = f"Put off by {line(approval.postponed_by, 80)}. " if approval.postponed_by else ""
            return f"{put_off}Answer before {clock(approval.expires_at)}; silence means no."
        case ApprovalState.APPROVED:
            despite = " despite the freeze" if approval.despite_freeze else ""
            return f"Approved by {by}{at}{despite}{why}."
        case ApprovalState.REJECTED:
            return f"Rejected by {by}{at}{why}. Nothing changed."
        case ApprovalState.EXPIRED:
            return f"Nobody answered until {clock(approval.expires_at)}. Nothing changed."
        case ApprovalState.VOIDED | ApprovalState.SUPERSEDED:
            changed = line(approval.what_changed or "It no longer fits what is there.", 500)
            said = f" It was approved by {by}{at}." if approval.answered_by else ""
            return f"{changed}{said} Nothing changed."


def despite_freeze(by: str, reason: str | None) -> str:
    why = f": {line(reason, REASON)}" if reason else ""
    return f"Approved by {line(by, 80)} despite the freeze{why}."


def freeze_holds(until: datetime) -> str:
    return f"A freeze holds until {day(until)}: nothing new goes into production before."


def too_late(approval: Approval | None, now: datetime) -> str:
    """Why a tap changed nothing."""
    if approval is None:
        return "This plan is not known. Ask again with /deploy."
    at = f" at {clock(approval.answered_at)}" if approval.answered_at else ""
    match approval.state:
        case ApprovalState.APPROVED:
            return f"Approved already by {approval.answered_by}{at}."
        case ApprovalState.REJECTED:
            return f"Rejected already by {approval.answered_by}{at}."
        case ApprovalState.VOIDED:
            changed = approval.what_changed or "It no longer fits what is there."
            return f"This plan is void. {changed} Ask again with /deploy."
        case ApprovalState.SUPERSEDED:
            return f"This plan is superseded. {approval.what_changed or 'A newer commit was pushed.'}"
        case ApprovalState.EXPIRED:
            return f"This plan expired at {clock(approval.expires_at)}. Ask again with /deploy."
        case ApprovalState.PENDING if approval.expires_at <= now:
            return f"This plan expired at {clock(approval.expires_at)}. Ask again with /deploy."
        case ApprovalState.PENDING:
            return "That did not arrive. Please tap once more."


def commit_line(commit: CommitLine) -> str:
    return f"{code(short(commit.sha))} {line(commit.subject, 80)} – {line(commit.author, 30)}"


def _sides(plan: Plan, asked: datetime | None) -> str:
    goal, live = plan.goal, plan.live
    data = restore_lines(plan.restore) if plan.restore else []

    def when(at: datetime) -> str:
        return aged(at, asked) if asked else day(at)

    if plan.kind is RunKind.RESTORE:
        return joined(*data, f"Release {code(goal.short_sha)} stays and is started again.")
    branch = f"<b>{line(goal.branch, 100)}</b> " if goal.branch else ""
    to = f"{branch}{code(goal.short_sha)}"
    subject = f" {line(plan.subject, 120)}" if plan.subject else ""
    was = f" · live from {when(goal.since)}" if goal.since else ""
    if live is None:
        return joined(f"{to}{subject}{was}", "Nothing is live yet.", *data)
    since = f" since {when(live.since)}" if live.since else ""
    return joined(f"{to}{subject}{was}", f"Now live: {code(live.short_sha)}{since}", *data)


def _facts(plan: Plan) -> list[str]:
    facts = [_ITSELF] if plan.project == CONTROLLER and plan.kind.switches else []
    if plan.tests is not None:
        facts.append(f"Tests: {tests(plan.tests)}")
    if plan.kind is RunKind.DEPLOY:
        command = code(shlex.join(plan.migration), 150) if plan.migration else "none"
        facts += [f"Migration: {command}", *_rehearsal(plan)]
    if plan.schema is not None:
        facts.append(f"Schema: {line(plan.schema, 250)}")
    expected = (
        "not known yet" if plan.downtime_seconds is None else f"about {duration(plan.downtime_seconds)}"
    )
    return [*facts, f"Expected downtime: {expected}"]


def _details(plan: Plan) -> list[str]:
    """What is good to know and seldom decides."""
    details = [f"Services: {line(', '.join(plan.services), 200)}"]
    if plan.backup is not None and plan.restore is None:
        said = backup(plan.backup) if plan.backup.path else line(plan.backup.note or "none", 100)
        details.append(f"Backup: {said}")
    if plan.image_bytes:
        details.append(f"Image: {image(plan.image_bytes, plan.live_image_bytes)}")
    kept = [kept_for_undo(plan.restore)] if plan.restore else []
    return [*details, *_checks(plan.checks), *kept]


def _rehearsal(plan: Plan) -> list[str]:
    found = plan.rehearsed
    if found is None:
        return []
    new = [f"New migrations: {_listed(found.revisions)}"] if found.revisions else []
    if not found.ran:
        return [*new, *([_sentence(line(found.note, 150))] if found.note and not found.hindered else [])]
    return [f"Migration rehearsed on a copy: {rehearsed(found)}", *new]


def _listed(paths: list[str]) -> str:
    """The newest by name, without the folder."""
    names = [path.rpartition("/")[2] for path in paths]
    more = f" and {len(names) - _PATHS} more" if len(names) > _PATHS else ""
    return f"{line(', '.join(names[-_PATHS:]), 200)}{more}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _checks(checks: PlannedChecks | None) -> list[str]:
    if checks is None:
        return []
    parts = [line(", ".join(checks.required) or "none", 200)]
    if checks.if_offered:
        parts.append(f"if offered: {line(', '.join(checks.if_offered), 120)}")
    if checks.left_out:
        parts.append(f"left out: {line(', '.join(checks.left_out), 120)}")
    return [f"Smoke test: {'; '.join(parts)}"]


def _warnings(plan: Plan) -> list[str]:
    shown = [f"{WARNING} <b>{line(warning, 250)}</b>" for warning in plan.warnings[:_WARNINGS]]
    hidden = len(plan.warnings) - len(shown)
    return [*shown, f"{WARNING} <b>and {hidden} more warnings</b>"] if hidden > 0 else shown
