"""A plan that waits while PostgreSQL comes and goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Never

import pytest

from pipeline.model.plan import Approval
from pipeline.model.states import ApprovalState
from pipeline.stages import gate
from tests.unit.bot.samples import START, approval, run

EXPIRES = approval().expires_at


class Journal:
    """Away for the next `away` calls; then it gives the answer, or takes the expiry, of its one plan."""

    def __init__(self, away: int, answer: ApprovalState) -> None:
        self.away, self.answer, self.plan = away, answer, approval()

    async def of_run(self, _run: int) -> Approval:
        self._reach()
        if self.answer is not ApprovalState.EXPIRED:
            self.plan = replace(self.plan, state=self.answer)
        return self.plan

    async def close(self, _plan: int, _epoch: int, state: ApprovalState, **_more: Any) -> bool:
        self._reach()
        self.plan = replace(self.plan, state=state)
        return True

    @contextlib.asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Journal]:
        yield self

    async def wait(self, _seconds: float) -> bool:
        await asyncio.sleep(0)
        return True

    def _reach(self) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionResetError


async def _fits(*_: object) -> Never:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("answer", "late"),
    [(ApprovalState.APPROVED, -60), (ApprovalState.REJECTED, -60), (ApprovalState.EXPIRED, 1)],
)
async def test_however_often_postgresql_goes_away_the_plan_waits_for_its_end(
    monkeypatch: pytest.MonkeyPatch, answer: ApprovalState, late: float
) -> None:
    monkeypatch.setattr(gate, "no_longer_fits", _fits)
    journal = Journal(7, answer)
    parts = SimpleNamespace(
        store=SimpleNamespace(approvals=journal, news=journal),
        clock=lambda: EXPIRES + timedelta(seconds=late),
    )
    journey: Any = SimpleNamespace(parts=parts, run=run(requested_at=START), tell=lambda _line: None)
    ended = await gate.waited(journey, journal.plan)
    assert (ended.state, journal.away) == (answer, 0)
