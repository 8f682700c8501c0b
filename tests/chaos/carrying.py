"""What playing a cell is in a house of either kind: the deed, Master's answers, until all is quiet."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from pipeline.model.states import ApprovalState
from tests.chaos.chat import Chat, Told
from tests.chaos.invariants import ACTIVE
from tests.chaos.journal import Journal
from tests.chaos.points import Hold


class Home(Protocol):
    """A house: where runs are journaled, and Master is."""

    chat: Chat
    journal: Journal


class Stricken(Protocol):
    """A scene: what a deed holds, and what it says."""

    holds: list[Hold]
    noted: list[str]
    armed: asyncio.Event


async def done(deed: Coroutine[Any, Any, None], scene: Stricken) -> None:
    """Afterwards nothing is held any more, however the deed ended."""
    try:
        await deed
    except Exception:
        scene.noted.append(f"The deed failed: {traceback.format_exc()}")
    finally:
        scene.armed.set()
        for hold in scene.holds:
            hold.go()


async def carried(house: Home, last: int, seconds: float, look: float, sure: str | None = None) -> list[Any]:
    """The runs since `last`, once they have ended or were given up. Master answers what he is asked, and taps
    the button `sure`."""
    runs: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not runs or any(run["state"] in ACTIVE for run in runs):
                if sure is not None:
                    house.chat.answer(sure)
                runs = await house.journal.rows("SELECT * FROM runs WHERE id > $1 ORDER BY id", last)
                for run in runs:
                    await _answer(house, run["id"])
                await asyncio.sleep(look)
    return runs


async def _answer(house: Home, run: int) -> None:
    pending = await house.journal.rows(
        "SELECT nonce FROM approvals WHERE run_id = $1 AND state = $2", run, ApprovalState.PENDING
    )
    asked = await house.journal.rows("SELECT nonce FROM questions WHERE run_id = $1 AND answer IS NULL", run)
    for row in (*pending, *asked):
        house.chat.answer(row["nonce"])


async def quiet(
    house: Home, run: int, settled: Callable[[], Awaitable[bool]], seconds: float, look: float
) -> Told:
    """What the chat holds of the run once it is `settled` and nothing more comes."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not await settled():  # noqa: ASYNC110 - several things, not one event
                    await asyncio.sleep(look)
        before = house.chat.of_run(run)
        await asyncio.sleep(0.5)
        after = house.chat.of_run(run)
        if after == before:
            return after
