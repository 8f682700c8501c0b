"""What answers a plan: nothing gets past the terms because two clocks differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from bot.answering import Said, Told, answer_plan
from bot.permission import Terms
from bot.rights import Rights
from pipeline.freeze import Freeze
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from tests.unit.bot.samples import after, approval

TERMS = Terms(rights=Rights(owners=frozenset({42})), two_persons=True)


class Journal:
    """Takes any answer, as a database does by whose clock the plan has not expired yet."""

    def __init__(self, waiting: Approval) -> None:
        self.waiting, self.answers = waiting, 0
        self.approvals = self

    async def answer(self, _nonce: str, answer: ApprovalState, by: str, **_more: Any) -> Approval:
        self.answers += 1
        return replace(self.waiting, state=answer, answered_by=by)


@pytest.mark.parametrize("verdict", [ApprovalState.APPROVED, ApprovalState.REJECTED])
async def test_what_expired_by_our_clock_is_not_answered(
    verdict: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED],
) -> None:
    waiting = approval(expires_at=after(60))
    journal: Any = Journal(waiting)
    said = Said(by="Ada (42)", user=42, answer=verdict)
    told = await answer_plan(journal, Freeze(), TERMS, after(60), waiting, said)
    assert told == Told("This plan expired at 10:01 UTC. Ask again with /deploy.", False)
    assert journal.answers == 0


async def test_a_second_before_it_is() -> None:
    waiting = approval(expires_at=after(60))
    journal: Any = Journal(waiting)
    said = Said(by="Ada (42)", user=42, answer=ApprovalState.REJECTED)
    told = await answer_plan(journal, Freeze(), TERMS, after(59), waiting, said)
    assert told == Told("Rejected. Nothing changed.", True)
    assert journal.answers == 1
