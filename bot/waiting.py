"""What waits for Master's answer."""

from __future__ import annotations

from pipeline.model.plan import Approval
from pipeline.model.question import Question
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store


async def waiting(store: Store, active: Run | None) -> tuple[Approval | None, Question | None]:
    """The plan and the question of the active run that wait for an answer."""
    if active is None:
        return None, None
    plan = await store.approvals.of_run(active.id)
    question = await store.questions.of_run(active.id)
    return (
        plan if plan is not None and plan.state is ApprovalState.PENDING else None,
        question if question is not None and question.answer is None else None,
    )
