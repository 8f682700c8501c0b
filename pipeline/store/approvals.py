"""Plans that wait for Master, and the answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

import asyncpg

from pipeline.model.errors import StaleEpoch
from pipeline.model.plan import Approval, Plan, rejection
from pipeline.model.release import ApprovalId, ProjectId, RunId
from pipeline.model.states import ApprovalState
from pipeline.store.queries import load

_SQL = load("approvals")

Closed = Literal[ApprovalState.EXPIRED, ApprovalState.VOIDED, ApprovalState.SUPERSEDED]
ReminderId = NewType("ReminderId", int)


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A message that tells of a plan's end at `expires_at`; the plan may have been put off since."""

    id: ReminderId
    approval: Approval
    expires_at: datetime

    @property
    def open(self) -> bool:
        """Whether the plan still waits for that end."""
        return self.approval.state is ApprovalState.PENDING and self.approval.expires_at == self.expires_at


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

    async def open_answered(
        self, epoch: int, plan: Plan, nonce: str, expires_at: datetime, by: str
    ) -> Approval:
        """A plan that needs no answer, approved at once: nobody sees it wait. Raises StaleEpoch."""
        values = (plan.run_id, epoch, plan.to_json(), plan.hash, nonce, expires_at)
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_SQL["open_approval"], *values) is None:
                raise StaleEpoch(plan.run_id, epoch)
            answer = (nonce, ApprovalState.APPROVED, by, None, False)
            row = await connection.fetchrow(_SQL["answer_approval"], *answer)
        if row is None:
            raise LookupError(f"the approval of run {plan.run_id} expired as it was opened")
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

    async def in_message(self, chat: int, message: int) -> Approval | None:
        """The plan that a message of ours shows, reminds of or tells the end of."""
        row = await self._pool.fetchrow(_SQL["approval_in_message"], chat, message)
        return _approval(row) if row else None

    async def run_in_message(self, chat: int, message: int) -> RunId | None:
        """The run that a message of ours tells of; None for one that tells of none."""
        run: RunId | None = await self._pool.fetchval(_SQL["run_in_message"], chat, message)
        return run

    async def answer(
        self,
        nonce: str,
        answer: Literal[ApprovalState.APPROVED, ApprovalState.REJECTED],
        by: str,
        *,
        reason: str | None = None,
        despite_freeze: bool = False,
    ) -> Approval | None:
        """Master's answer. None where it changes nothing: unknown, answered already, expired or voided."""
        row = await self._pool.fetchrow(_SQL["answer_approval"], nonce, answer, by, reason, despite_freeze)
        return _approval(row) if row else None

    async def waive(self, nonce: str, setting: str, reason: str) -> Approval | None:
        """Approved without a person, by a setting. None where it changes nothing, as `answer`."""
        row = await self._pool.fetchrow(_SQL["waive_approval"], nonce, setting, reason)
        return _approval(row) if row else None

    async def postpone(self, nonce: str, by: str) -> Approval | None:
        """It waits as long again, once. None where it does not wait, or was put off before."""
        row = await self._pool.fetchrow(_SQL["postpone_approval"], nonce, by)
        return _approval(row) if row else None

    async def give_reason(self, approval: Approval, reason: str, by: str) -> Approval | None:
        """Why it was rejected, also once the run has ended. None where it was not, or was told before."""
        said = rejection(approval.answered_by, reason)
        row = await self._pool.fetchrow(_SQL["give_reason"], approval.id, reason, said, by)
        return _approval(row) if row else None

    async def close(
        self,
        approval: ApprovalId,
        epoch: int,
        state: Closed,
        *,
        what_changed: str | None = None,
        newer: str | None = None,
        expiry: datetime | None = None,
    ) -> bool:
        """Ends a plan without an answer; False where an answer came first, or another executor, or where it
        no longer ends at `expiry`."""
        values = (approval, state, epoch, what_changed, newer, expiry)
        return await self._pool.fetchrow(_SQL["close_approval"], *values) is not None

    async def to_tell(self, project: ProjectId, chat: int) -> list[Approval]:
        """Plans whose card is not sent yet, or does not show their end yet."""
        return [_approval(row) for row in await self._pool.fetch(_SQL["plans_to_tell"], chat, project)]

    async def remind(self, approval: Approval) -> None:
        """A message is to tell that the plan expires; asked again with the same expiry, nothing."""
        await self._pool.execute(_SQL["remind"], approval.id, approval.expires_at)

    async def reminder(self, number: ReminderId) -> Reminder:
        """Raises LookupError."""
        row = await self._pool.fetchrow(_SQL["reminder"], number)
        of = await self._pool.fetchrow(_SQL["approval_of_reminder"], number)
        if row is None or of is None:
            raise LookupError(f"reminder {number} is gone")
        return Reminder(id=number, approval=_approval(of), expires_at=row["expires_at"])

    async def reminders_to_tell(self, project: ProjectId, chat: int) -> list[ReminderId]:
        """Those whose message is not sent yet, or does not show their end yet."""
        return [row["id"] for row in await self._pool.fetch(_SQL["reminders_to_tell"], chat, project)]


def _approval(row: asyncpg.Record) -> Approval:
    values = dict(row)
    return Approval(
        **{**values, "plan": Plan.from_json(values["plan"]), "state": ApprovalState(values["state"])}
    )
