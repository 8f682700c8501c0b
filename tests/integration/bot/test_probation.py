"""A probation in the chat: beside the result, and as a card that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.probation import Decision, Probation, ProbationState, Verdict, WayOut
from pipeline.model.states import RunKind, RunState
from tests.integration.bot.house import GOAL_SHA, LIVE_SHA, House, furnished
from tests.unit.bot.cards.gallery.probations import WATCHED


@pytest.fixture
async def house(tmp_path: Path, postgres: Any) -> AsyncIterator[House]:
    async with furnished(tmp_path, postgres) as house:
        house.start()
        yield house


async def _on_probation(house: House) -> Probation:
    before = await house.make_live(LIVE_SHA)
    hand = await house.requested()
    goal = await house.make_live(GOAL_SHA)
    noted = {"sha": GOAL_SHA, "live": before.id, "release": goal.id}
    await house.store.runs.note(hand.run.id, hand.run.epoch, **noted)
    await hand.finish(RunState.SUCCEEDED)
    now = datetime.now(UTC)
    run = await house.store.probations.run_to_watch(house.project.id, now - timedelta(minutes=5))
    assert run is not None
    begun = await house.store.probations.begin(
        run, goal.id, began_at=now, lasts=timedelta(minutes=10), watched=WATCHED, baseline=None
    )
    assert begun is not None
    return begun


async def test_an_unclear_probation_asks_and_revert_asks_for_the_rollback(house: House) -> None:
    probation = await _on_probation(house)
    result = await house.read("On probation until")
    verdict = Verdict(state=ProbationState.INCONCLUSIVE, evidence=["app was restarted by Docker once."])
    await house.store.probations.end(probation.id, verdict, datetime.now(UTC), way=WayOut.ASK)
    card = await house.read("Probation not conclusive", "restarted by Docker once")
    assert card.labels == ["Keep", "Revert"]
    told = await house.read("Its probation is not conclusive")
    assert told.id == result.id, "the result is edited, not sent anew"
    await house.master.tap(card, "Revert")
    answered = await house.read("Probation not conclusive", "asked for the rollback", "run 2")
    assert (answered.id, answered.labels) == (card.id, [])
    assert (await house.runs())[0] == (RunKind.ROLLBACK, str(probation.previous_release_id))
    late = await house.master.tap_data(card, card.buttons[0][0].data)
    assert late is not None
    assert "asked for the rollback" in late.text
    settled = await house.store.probations.get(probation.id)
    assert settled is not None
    assert settled.decision is Decision.REVERT


async def test_keep_ends_it(house: House) -> None:
    probation = await _on_probation(house)
    await house.read("On probation until")
    verdict = Verdict(state=ProbationState.FAILED, evidence=["app was down."])
    await house.store.probations.end(
        probation.id, verdict, datetime.now(UTC), way=WayOut.ASK, why_ask="The schema moved."
    )
    card = await house.read("CRITICAL: the release failed its probation", "The schema moved.")
    await house.master.tap(card, "Keep")
    kept = await house.read("The release failed its probation", "keeps the release")
    assert kept.id == card.id
    assert [kind for kind, _ in await house.runs()] == [RunKind.DEPLOY]
