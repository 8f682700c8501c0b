"""The card of a push, and that of a question."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.push import push_card
from bot.cards.question import question_card
from pipeline.model.question import Way
from pipeline.model.states import (
    PushState,
    RunState,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.gallery.plans import COMMITS
from tests.unit.bot.samples import after, ended, view

PROJECT = "server-agent-vnext"
ADA = "Ada (42)"

_ASKED = samples.question(
    what="The container that migrated is gone, and nobody saw how it ended. Production: app is stopped."
)
_HAND = {"answer": Way.BACK, "answered_by": ADA, "answered_at": after(60)}
_PUSH = samples.push(commits=COMMITS[:3])
PUSHES = {
    "a push that waits": of(push_card, _PUSH, PROJECT),
    "a push with many commits": of(push_card, replace(_PUSH, commits=COMMITS * 3), PROJECT),
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
