"""The gate, as it is passed from the command line: by --yes, at the terminal, or by an answer in the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pipeline.cancelling import end
from pipeline.cli.operator import operator
from pipeline.cli.question import typed
from pipeline.cli.shows import Show
from pipeline.freeze import Freeze
from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from pipeline.store.store import Store
from pipeline.wording.plan import freeze_holds, too_late
from pipeline.wording.words import clock

Verdict = Literal[ApprovalState.APPROVED, ApprovalState.REJECTED]


class Gate:
    """Shows each plan once and answers it for the operator. An answer binds to the plan that was shown."""

    def __init__(
        self,
        store: Store,
        show: Show,
        now: Callable[[], datetime],
        woken: Callable[[], object],
        freeze: Freeze,
        *,
        sure: bool,
        terminal: bool,
        despite_freeze: bool = False,
    ) -> None:
        self._store = store
        self._show = show
        self._now = now
        self._woken = woken
        self._freeze = freeze
        self._despite_freeze = despite_freeze
        self._sure = sure
        self._terminal = terminal
        self._shown: Approval | None = None
        self._typing: asyncio.Task[str] | None = None

    @property
    def asks(self) -> bool:
        """Whether a question stands on the terminal, which nothing may be written over."""
        return self._typing is not None

    async def look(self, approval: Approval | None) -> None:
        """To be called at each look at the run; `approval` is its newest plan."""
        if self._typing is not None and self._typing.done():
            await self._answered(self._typing.result())
        elif self._typing is not None and (approval is None or approval.state is not ApprovalState.PENDING):
            await self.close()
            self._show.notice(f"\n{too_late(approval, self._now())}")
        if approval is None or approval.state is not ApprovalState.PENDING:
            return
        if self._shown is None or self._shown.nonce != approval.nonce:
            self._show.plan(approval)
            await self._ask(approval)
            self._shown = approval

    async def close(self) -> None:
        if self._typing is not None:
            await end([self._typing])
            self._typing = None

    async def _ask(self, approval: Approval) -> None:
        until, frozen = clock(approval.expires_at), self._held(approval)
        if frozen is not None:
            self._show.notice(f"{freeze_holds(frozen)} With --despite-freeze it is approved all the same.")
        if self._sure and frozen is not None:
            self._show.notice(
                f"So --yes does not approve it. It waits for an answer in the chat until {until}."
            )
        elif self._sure:
            await self._answer(approval, ApprovalState.APPROVED, "--yes")
        elif self._terminal:
            question = f"Approve? [y/N] (the chat may answer too; until {until}, silence means no) "
            self._typing = asyncio.create_task(typed(question))
            self._typing.add_done_callback(lambda _: self._woken())
        else:
            self._show.notice(
                f"The plan waits for an answer in the chat until {until}; silence means no."
                " With --yes the operator approves it from here."
            )

    async def _answered(self, line: str) -> None:
        self._typing = None
        if self._shown is None:
            return
        if not line:
            self._show.notice("\nNo answer here; the plan waits for one in the chat.")
            return
        yes = line.strip().lower() in ("y", "yes")
        verdict: Verdict = ApprovalState.APPROVED if yes else ApprovalState.REJECTED
        await self._answer(self._shown, verdict, "the terminal")

    async def _answer(self, approval: Approval, verdict: Verdict, how: str) -> None:
        by, approves = f"{operator()} by {how}", verdict is ApprovalState.APPROVED
        if approves and (held := self._held(approval)):
            self._show.notice(f"Not approved. {freeze_holds(held)} The plan waits for an answer in the chat.")
            return
        frozen = self._freeze.until(approval.plan.kind, self._now()) if approves else None
        despite = frozen is not None
        if await self._store.approvals.answer(approval.nonce, verdict, by, despite_freeze=despite):
            done = "Approved despite the freeze" if despite else "Approved" if approves else "Rejected"
            self._show.notice(f"{done} by {by}.")
            return
        self._show.notice(too_late(await self._store.approvals.by_nonce(approval.nonce), self._now()))

    def _held(self, approval: Approval) -> datetime | None:
        """The end of a freeze that keeps it from being approved here."""
        if self._despite_freeze:
            return None
        return self._freeze.until(approval.plan.kind, self._now())
