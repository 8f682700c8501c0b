"""Plans that wait for Master, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import asyncpg

from pipeline.model.errors import StaleEpoch
from pipeline.model.plan import Approval, Plan
from pipeline.model.release import ApprovalId, RunId
from pipeline.model.states import ApprovalState
from pipeline.store.queries import load

_SQL = load("approvals")


class Approvals:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def open(self, epoch: int, plan: Plan, nonce: str, expires_at: datetime) -> Approval:
        """Puts the plan to Master; the run waits from now on. Raises StaleEpoch."""
        row = await self._pool.fetchrow(
            _SQL["open_approval"], plan.run_id, epoch, plan.to_json(), plan.hash, nonce, expires_at
        )
        if row is None:
            raise StaleEpoch(plan.run_id, epoch)
        return _approval(row)

    async def of_run(self, run: RunId) -> Approval | None:
        row = await self._pool.fetchrow(_SQL["approval_of_run"], run)
        return _approval(row) if row else None

    async def all_of_run(self, run: RunId) -> list[Approval]:
        """Oldest first."""
        return [_approval(row) for row in await self._pool.fetch(_SQL["approvals_of_run"], run)]

    async def by_nonce(self, nonce: str) -> Approval | None:
        row = await self._pool.fetchrow(_SQL["approval_by_nonce"], nonce)
        return _approval(row) if row else None

    async def answer(
        self, nonce: str, answer: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED], by: str
    ) -> Approval | None:
        """Master's answer. None where it changes nothing: unknown, answered already, expired or voided."""
        row = await self._pool.fetchrow(_SQL["answer_approval"], nonce, answer, by)
        return _approval(row) if row else None

    async def close(
        self, approval: ApprovalId, epoch: int, state: Literal[ApprovalState.EXPIRED, ApprovalState.VOIDED]
    ) -> bool:
        """Ends a plan without an answer; False where an answer came first, or another executor."""
        return await self._pool.fetchrow(_SQL["close_approval"], approval, state, epoch) is not None

    async def to_tell(self, chat: int) -> list[Approval]:
        """Plans whose card is not sent yet, or does not show their end yet."""
        return [_approval(row) for row in await self._pool.fetch(_SQL["plans_to_tell"], chat)]


def _approval(row: asyncpg.Record) -> Approval:
    values = dict(row)
    return Approval(
        **{**values, "plan": Plan.from_json(values["plan"]), "state": ApprovalState(values["state"])}
    )
