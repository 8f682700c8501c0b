"""The card of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.card import Card
from bot.cards.plan import details_card, plan_card, reminder_card
from pipeline.model.plan import Plan, PlannedChecks
from pipeline.model.results import CommitLine, Rehearsed, Tested
from pipeline.model.states import (
    ApprovalState,
    RunKind,
)
from pipeline.of_project import CONTROLLER
from pipeline.wording.details import plan_details
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
_ITSELF = replace(
    _PLAN,
    project=CONTROLLER,
    services=["bot", "worker"],
    migration=["python", "-m", "pipeline", "migrate"],
    rehearsed=Rehearsed(
        ran=True, seconds=1.4, before="27", after="28", revisions=["pipeline/store/migrations/0028_more.sql"]
    ),
    downtime_seconds=14.0,
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
_SUPERSEDED = approval(
    _PLAN,
    state=ApprovalState.SUPERSEDED,
    newer_sha="77" * 20,
    what_changed="Commit 7777777 was pushed to main meanwhile.",
)
_FREEZE = START + timedelta(hours=62)


def _details(plan: Plan) -> Card:
    return details_card(plan_details(plan))


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
    "a deploy of the controller itself": of(plan_card, approval(_ITSELF), pictured=False),
    "a first deploy": of(
        plan_card,
        approval(replace(_PLAN, live=None, live_image_bytes=None, commits=[], commit_count=0, tests=None)),
        pictured=False,
    ),
    "a rollback that waits": of(plan_card, approval(_BACK), pictured=False),
    "a rollback with data": of(plan_card, approval(_REWIND), pictured=False),
    "a restore that waits": of(plan_card, approval(_RESTORE)),
    "approved": of(plan_card, approval(_PLAN, state=ApprovalState.APPROVED, **_LAST)),
    "rejected": of(plan_card, approval(_PLAN, state=ApprovalState.REJECTED, **_LAST)),
    "expired": of(plan_card, approval(_PLAN, state=ApprovalState.EXPIRED), pictured=False),
    "voided": of(plan_card, approval(_PLAN, state=ApprovalState.VOIDED, **_LAST), pictured=False),
    "superseded": of(plan_card, _SUPERSEDED),
    "superseded, while its run goes on": of(plan_card, _SUPERSEDED, over=False, pictured=False),
    "in a freeze": of(plan_card, approval(_PLAN), _FREEZE),
    "approved despite a freeze": of(
        plan_card,
        approval(_PLAN, state=ApprovalState.APPROVED, despite_freeze=True, reason="an outage", **_LAST),
        pictured=False,
    ),
    "a reminder": of(reminder_card, approval(_PLAN), None, still=True),
    "a reminder of one that was put off": of(
        reminder_card,
        approval(_PLAN, postponed_by=ADA, postponed_at=after(900)),
        _FREEZE,
        still=True,
        pictured=False,
    ),
    "a reminder that is over": of(
        reminder_card, approval(_PLAN, state=ApprovalState.APPROVED, **_LAST), None, still=False
    ),
    "details": of(
        _details,
        replace(
            _PLAN,
            goal=replace(_PLAN.goal, images={"app": "sha256:" + "ab" * 32, "queue": "sha256:" + "cd" * 32}),
            compose_changes=["services.app.environment.MODE: changed"],
        ),
    ),
    "more details than fit": of(
        _details,
        replace(_PLAN, commits=[replace(COMMITS[1], subject="Fix")] * 104, commit_count=104),
        pictured=False,
    ),
    "details of a restore": of(_details, _RESTORE, pictured=False),
}
