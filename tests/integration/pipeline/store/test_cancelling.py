"""A run is cancelled or it switches, never both, whoever comes first."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.model.errors import RunCancelled, StaleEpoch, TooLateToCancel
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunState
from pipeline.store.store import Store


async def test_who_was_first_is_told_and_audited_once(store: Store, run: Run) -> None:
    assert await store.runs.cancellation(run.id) is None
    first = await store.runs.cancel(run.id, "Ada")
    assert first.by == "Ada"
    assert await store.runs.cancel(run.id, "Eve") == first
    assert await store.runs.cancellation(run.id) == first
    rows = await store.pool.fetch("SELECT actor, run_id FROM audit WHERE action = 'cancel'")
    assert [(row["actor"], row["run_id"]) for row in rows] == [("Ada", run.id)]
    assert [event["kind"] for event in await store.runs.events(run.id)].count("cancelled") == 1


async def test_a_cancelled_run_may_not_switch(store: Store, run: Run) -> None:
    await store.runs.cancel(run.id, "Ada")
    with pytest.raises(RunCancelled, match="The run was cancelled by Ada"):
        await store.runs.cross(run.id, run.epoch)
    await store.runs.finish(run.id, run.epoch, RunState.CANCELLED, ExitCode.NOT_APPROVED, None)
    assert (await store.runs.cancel(run.id, "Eve")).by == "Ada"


async def test_a_run_that_switches_may_not_be_cancelled(store: Store, run: Run) -> None:
    await store.runs.cross(run.id, run.epoch)
    await store.runs.cross(run.id, run.epoch)
    with pytest.raises(TooLateToCancel, match="is switching production already"):
        await store.runs.cancel(run.id, "Ada")
    with pytest.raises(StaleEpoch):
        await store.runs.cross(run.id, run.epoch - 1)
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    with pytest.raises(TooLateToCancel, match="has ended already: succeeded"):
        await store.runs.cancel(run.id, "Ada")
    assert await store.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'cancel'") == 0


async def test_at_the_same_moment_one_of_the_two_comes_to_be(store: Store, run: Run) -> None:
    for _ in range(20):
        await store.pool.execute(
            "UPDATE runs SET switching_at = NULL, cancelled_at = NULL, cancelled_by = NULL"
        )
        results = await asyncio.gather(
            store.runs.cancel(run.id, "Ada"), store.runs.cross(run.id, run.epoch), return_exceptions=True
        )
        refused = [type(result) for result in results if isinstance(result, Exception)]
        assert refused in ([TooLateToCancel], [RunCancelled])


async def test_an_unknown_run(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.runs.cancel(99, "Ada")
