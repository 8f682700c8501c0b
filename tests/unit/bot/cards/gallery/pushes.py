"""The card of a push, and that of a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.foreseen import foreseen_card
from bot.cards.push import push_card
from bot.cards.question import question_card
from pipeline.model.ci import Ci
from pipeline.model.inquiry import NotFound, PlanFound
from pipeline.model.push import Mute, PromptId, PushedCommit
from pipeline.model.question import Way
from pipeline.model.states import (
    PushState,
    RunState,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.gallery.plans import COMMITS
from tests.unit.bot.samples import FACTS, START, after, ended, view

PROJECT = "server-agent-vnext"
ADA = "Ada (42)"

_ASKED = samples.question(
    what="The container that migrated is gone, and nobody saw how it ended. Production: app is stopped."
)
_HAND = {"answer": Way.BACK, "answered_by": ADA, "answered_at": after(60)}
_COMMITS = [
    PushedCommit(
        sha=each.sha,
        author=each.author,
        subject=each.subject,
        when=START - timedelta(hours=number, minutes=4),
    )
    for number, each in enumerate(COMMITS)
]
_PUSH = samples.push(
    commits=_COMMITS[:3],
    facts=replace(FACTS, commit_count=3, file_count=5),
    gathered=2,
    ci=Ci.PASSED,
    prompt=PromptId(8),
)
_DANGEROUS = replace(
    FACTS,
    commit_count=31,
    file_count=64,
    migration_count=4,
    migrations=[f"server_agent/migrations/000{n}_step.sql" for n in range(1, 5)],
    dockerfile=True,
    compose_file=True,
    rewritten=True,
    lost=2,
    live_lost=True,
)
_MUTE = Mute(began_at=START, began_by=ADA, until=after(8 * 3600))
_PLAN = samples.inquiry(
    PlanFound(plan=samples.plan(), compose_changes=["services.app.environment.MODE"], tests=True)
)
PUSHES = {
    "a push that waits": of(push_card, _PUSH, PROJECT),
    "a push with many commits": of(
        push_card, replace(_PUSH, commits=_COMMITS * 3, facts=_DANGEROUS, ci=Ci.FAILED), PROJECT
    ),
    "a push in common places": of(
        push_card,
        replace(
            _PUSH,
            facts=replace(_DANGEROUS, declared=False, migration_count=1, lost=None, live_lost=False),
            ci=Ci.PENDING,
            gathered=1,
        ),
        PROJECT,
        pictured=False,
    ),
    "a push while prompts are muted": of(push_card, _PUSH, PROJECT, mute=_MUTE),
    "a push when the mute is chosen": of(push_card, _PUSH, PROJECT, choosing=True),
    "a plan without a run": of(foreseen_card, _PLAN, None, START),
    "a plan of a first deploy": of(
        foreseen_card,
        samples.inquiry(PlanFound(plan=samples.plan(live=None), compose_changes=None, tests=False)),
        None,
        START,
        pictured=False,
    ),
    "no plan": of(
        foreseen_card,
        samples.inquiry(NotFound(what="The remote is away.", advice="Try again.")),
        None,
        START,
        pictured=False,
    ),
    "no plan, for the worker is away": of(
        foreseen_card, replace(_PLAN, answer=None, taken_at=None), None, START, pictured=False
    ),
    "deployed": of(
        push_card,
        replace(_PUSH, state=PushState.DEPLOYED, answered_at=after(60), run_id=samples.run().id),
        PROJECT,
    ),
    "skipped": of(push_card, replace(_PUSH, state=PushState.SKIPPED, answered_at=after(60)), PROJECT),
    "superseded": of(
        push_card, replace(_PUSH, state=PushState.SUPERSEDED, answered_at=after(60), commits=[]), PROJECT
    ),
    "a question that waits": of(question_card, _ASKED, view()),
    "a question that was answered": of(question_card, replace(_ASKED, **_HAND), view()),
    "a question nobody answered": of(
        question_card, replace(_ASKED, answer=Way.LEAVE, answered_at=after(1800)), view()
    ),
    "a question no longer asked": of(question_card, _ASKED, ended(state=RunState.FAILED)),
}
