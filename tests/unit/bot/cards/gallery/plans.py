"""The card of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.plan import plan_card
from pipeline.model.plan import PlannedChecks
from pipeline.model.results import CommitLine, Rehearsed, Tested
from pipeline.model.states import (
    ApprovalState,
    RunKind,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_restore import RESTORING
from tests.unit.bot.samples import GOAL, LIVE, START, after, approval

ADA = "Ada (42)"

_SUBJECTS = (
    ("Grace", "Answer within two seconds where the model is warm"),
    ("Ada", "Keep the queue's order over a restart"),
    ("Grace", "Index thoughts by mood"),
    ("Ada", "Say which tool failed, not only that one did"),
    ("Linus", "Retry a tool that timed out once, then give its turn up and tell the person so"),
    ("Ada", "Update the base image"),
    ("Grace", "Count tokens by day"),
)
COMMITS = [
    CommitLine(sha=f"{GOAL[number:]}{GOAL[:number]}", author=author, subject=subject)
    for number, (author, subject) in enumerate(_SUBJECTS)
]
CHECKS = PlannedChecks(
    required=["ping", "health", "database", "logs", "resources"],
    if_offered=["stats", "telegram"],
    left_out=["cycle"],
)
_PLAN = samples.plan(
    subject=_SUBJECTS[0][1],
    live=replace(samples.plan().live, since=START - timedelta(days=2, hours=3)),
    services=["app", "queue"],
    migration=["python", "-m", "server_agent.migrate"],
    commits=COMMITS,
    commit_count=9,
    checks=CHECKS,
    rehearsed=Rehearsed(
        ran=True, seconds=2.1, before="0007", after="0008", revisions=["app/migrations/0008_mood.sql"]
    ),
    warnings=[],
)
_BACK = replace(
    _PLAN,
    kind=RunKind.ROLLBACK,
    goal=replace(_PLAN.goal, sha=LIVE, branch=None, since=START - timedelta(days=2, hours=3)),
    live=replace(_PLAN.goal, since=START - timedelta(minutes=40)),
    subject="",
    migration=None,
    rehearsed=None,
    commits=[],
    tests=None,
    backup=None,
    image_bytes=0,
    schema="goes down from 0008 to 0007 by python -m server_agent.migrate --to 0007",
)
_REWIND = replace(_BACK, kind=RunKind.REWIND, restore=RESTORING, schema=None)
_RESTORE = replace(_REWIND, kind=RunKind.RESTORE, checks=None)
_LAST = {"answered_by": ADA, "answered_at": after(60)}

PLANS = {
    "a deploy that waits": of(plan_card, approval(_PLAN)),
    "a deploy with warnings": of(
        plan_card,
        approval(
            replace(
                _PLAN,
                warnings=[
                    "The live commit is not part of this branch's history: 3 commits would be lost.",
                    "The live release has declared no way down for its migrations.",
                ],
                tests=Tested(ran=True, tests=143, coverage=61.2, threshold=None, skipped=4),
                rehearsed=Rehearsed(ran=False, note="there is no new migration"),
            )
        ),
    ),
    "a first deploy": of(
        plan_card,
        approval(replace(_PLAN, live=None, live_image_bytes=None, commits=[], commit_count=0, tests=None)),
    ),
    "a rollback that waits": of(plan_card, approval(_BACK)),
    "a rollback with data": of(plan_card, approval(_REWIND)),
    "a restore that waits": of(plan_card, approval(_RESTORE)),
    "approved": of(plan_card, approval(_PLAN, state=ApprovalState.APPROVED, **_LAST)),
    "rejected": of(plan_card, approval(_PLAN, state=ApprovalState.REJECTED, **_LAST)),
    "expired": of(plan_card, approval(_PLAN, state=ApprovalState.EXPIRED)),
    "voided": of(plan_card, approval(_PLAN, state=ApprovalState.VOIDED, **_LAST)),
}
