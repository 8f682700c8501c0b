"""Whose turn it is in a hand-over: who may take a run from whom, and who is refused then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from pipeline.model.errors import NotOfItself, RunCancelled, StaleEpoch
from pipeline.model.executor import Executor
from pipeline.model.hand_over import Carrier, OneOff
from pipeline.model.release import Project
from pipeline.model.run import Failure, Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.connect import Address
from pipeline.store.crossing import STILL_SECONDS, HandOverUnderWay, one_at_a_time
from pipeline.store.executors import LEASE_SECONDS, Claim
from pipeline.store.store import Store

ONE_OFFS = {
    Carrier.GUARD: OneOff(service="worker", image="sha256:old", compose_file="/old.yml"),
    Carrier.HAND_OVER: OneOff(service="worker", image="sha256:new", compose_file="/new.yml"),
    Carrier.WORKER: OneOff(service="worker", image="sha256:new", compose_file="/new.yml"),
}
ONE_WAITS = """SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
WHY = Failure(stage=StageName.SMOKE, what="No proof.", production="Between.", advice="See.", log="bot: no")


@pytest.fixture
async def itself(store: Store) -> Project:
    return await store.releases.project("controller", "https://example.org/controller.git", "main")


@pytest.fixture
async def run(store: Store, itself: Project) -> Run:
    asked = await store.runs.request(itself.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    claimed = await store.runs.claim(asked.id)
    assert claimed is not None
    await store.runs.begin(claimed.id, claimed.epoch, StageName.HAND_OVER, 1)
    await begun(store, claimed)
    return claimed


async def begun(store: Store, run: Run) -> None:
    await store.hand_overs.begin(run.id, run.epoch, ONE_OFFS, asked="then", schema=30, code=29)


async def carrier(store: Store, run: Run) -> Carrier:
    row = await store.hand_overs.of(run.id)
    assert row is not None
    return row.carrier


async def test_what_is_begun_is_the_workers_and_begun_again_nobody_is_ready(store: Store, run: Run) -> None:
    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert (row.carrier, row.one_offs, row.schema_before, row.code_before) == (
        Carrier.WORKER,
        ONE_OFFS,
        30,
        29,
    )
    for _ in range(2):
        await store.hand_overs.ready(run.id, Carrier.GUARD)
    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert row.ready == {Carrier.GUARD}
    await begun(store, run)
    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert row.ready == frozenset()
    assert await store.hand_overs.under_way(run.project_id) is None
    with pytest.raises(StaleEpoch):
        await store.hand_overs.begin(run.id, run.epoch - 1, ONE_OFFS, asked="then", schema=1, code=1)


async def test_once_the_worker_has_let_go_it_is_refused_and_the_run_cannot_be_cancelled(
    store: Store, run: Run
) -> None:
    await store.hand_overs.let_go(run.id, run.epoch)
    assert await carrier(store, run) is Carrier.HAND_OVER
    assert await store.hand_overs.under_way(run.project_id) == run.id
    with pytest.raises(StaleEpoch):
        await store.runs.end(run.id, run.epoch, StageName.HAND_OVER, StageState.FAILED, None)
    with pytest.raises(StaleEpoch):
        await store.hand_overs.let_go(run.id, run.epoch)
    now = await store.runs.get(run.id)
    assert (now.epoch, now.switching_at is not None) == (run.epoch + 1, True)


async def test_a_hand_over_that_its_container_goes_on_with_began_in_the_worker(
    store: Store, run: Run
) -> None:
    first = (await store.runs.view(run.id)).stage(StageName.HAND_OVER)
    await store.hand_overs.let_go(run.id, run.epoch)
    taken = await store.runs.claim(run.id)
    assert taken is not None
    for name in (StageName.HAND_OVER, StageName.STOP, StageName.STOP):
        await store.runs.begin(run.id, taken.epoch, name, 2)
    view = await store.runs.view(run.id)
    stop, again = view.stage(StageName.STOP), view.stage(StageName.HAND_OVER)
    assert first is not None
    assert stop is not None
    assert again is not None
    assert first.started_at is not None
    assert stop.started_at is not None
    assert again.started_at == first.started_at < stop.started_at


async def test_a_run_that_was_cancelled_is_not_let_go_of(store: Store, run: Run) -> None:
    await store.runs.cancel(run.id, "Ada")
    with pytest.raises(RunCancelled, match="Ada"):
        await store.hand_overs.let_go(run.id, run.epoch)
    assert await carrier(store, run) is Carrier.WORKER


async def test_the_hand_over_gives_it_back_only_while_it_is_the_one_who_carries_it(
    store: Store, run: Run
) -> None:
    assert not await store.hand_overs.take_back(run.id, WHY)  # the worker has not let go yet
    await store.hand_overs.let_go(run.id, run.epoch)
    forward = await store.runs.claim(run.id)
    assert forward is not None
    await store.runs.begin(run.id, forward.epoch, StageName.SMOKE, 5)
    assert not await store.hand_overs.take_back(run.id, WHY, forward.epoch - 1)
    assert await store.hand_overs.take_back(run.id, WHY, forward.epoch)

    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert (row.carrier, row.failure) == (Carrier.GUARD, WHY)
    assert row.one_offs[Carrier.HAND_OVER] == ONE_OFFS[Carrier.GUARD]
    assert row.one_offs[Carrier.WORKER] == ONE_OFFS[Carrier.WORKER]
    view = await store.runs.view(run.id)
    assert view.run.state is RunState.REVERTING
    smoke = view.stage(StageName.SMOKE)
    assert smoke is not None
    assert smoke.state is StageState.FAILED
    with pytest.raises(StaleEpoch):
        await store.runs.begin(run.id, forward.epoch, StageName.REPORT, 6)
    assert not await store.hand_overs.take_back(run.id, WHY)
    assert not await store.hand_overs.end_by_worker(run.id)


async def test_the_worker_ends_what_has_proved_itself(store: Store, run: Run) -> None:
    await store.hand_overs.let_go(run.id, run.epoch)
    forward = await store.runs.claim(run.id)
    assert forward is not None
    await store.runs.begin(run.id, forward.epoch, StageName.SMOKE, 5)
    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert not row.proven
    await store.runs.end(run.id, forward.epoch, StageName.SMOKE, StageState.SUCCEEDED, None)
    proven = await store.hand_overs.of(run.id)
    assert proven is not None
    assert proven.proven
    assert proven.moved > row.moved
    assert await store.hand_overs.end_by_worker(run.id)
    assert await store.hand_overs.under_way(run.project_id) is None


async def test_a_way_back_that_cannot_begin_ends_the_run(store: Store, run: Run) -> None:
    await store.hand_overs.let_go(run.id, run.epoch)
    await store.hand_overs.take_back(run.id, WHY)
    await store.hand_overs.end_broken(run.id, WHY)
    view = await store.runs.view(run.id)
    assert (view.run.state, view.run.exit_code, view.run.failure) == (
        RunState.BROKEN,
        ExitCode.ROLLBACK_FAILED,
        WHY,
    )
    assert view.current is None
    row = await store.hand_overs.of(run.id)
    assert row is not None
    assert row.ended
    assert await store.hand_overs.under_way(run.project_id) is None


@pytest.fixture
async def other(store: Store, project: Project) -> Run:
    """A run of another project that its executor has just taken."""
    asked = await store.runs.request(project.id, RunKind.ROLLBACK, source=Source.CLI, by="tester")
    claimed = await store.runs.claim(asked.id)
    assert claimed is not None
    return claimed


@pytest.fixture
async def claim(address: Address, project: Project) -> AsyncIterator[Claim]:
    """That of a worker that lives, to the other project."""
    worker = Executor(name="worker", host="here", pid=1, since=datetime.now(UTC))
    claim = Claim(address, project.name, "one", worker)
    await claim.open()
    assert await claim.take(LEASE_SECONDS) is None
    yield claim
    claim.close()


async def silent_for(store: Store, seconds: float) -> None:
    await store.pool.execute("UPDATE executors SET seen_at = now() - make_interval(secs => $1)", seconds)


async def ended(store: Store, run: Run) -> None:
    now = await store.runs.get(run.id)
    await store.runs.finish(run.id, now.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)


@pytest.mark.usefixtures("claim")
async def test_only_runs_of_other_projects_that_touch_production_are_waited_for(
    store: Store, run: Run, other: Run, project: Project
) -> None:
    assert await store.hand_overs.elsewhere(run.id) == []
    await store.runs.cross(other.id, other.epoch)
    [found] = await store.hand_overs.elsewhere(run.id)
    assert (found.run, found.kind, found.project) == (other.id, "rollback", project.name)
    assert await store.hand_overs.elsewhere(other.id) == []
    await ended(store, other)
    assert await store.hand_overs.elsewhere(run.id) == []


async def test_a_run_in_its_switch_that_nobody_carries_is_not_waited_for(
    store: Store, run: Run, other: Run, claim: Claim
) -> None:
    await store.runs.cross(other.id, other.epoch)
    await silent_for(store, LEASE_SECONDS + 1)
    assert await store.hand_overs.elsewhere(run.id) == []
    assert await claim.renew()
    assert [found.run for found in await store.hand_overs.elsewhere(run.id)] == [other.id]
    await claim.release()
    assert await store.hand_overs.let_go(run.id, run.epoch) == []
    assert await carrier(store, run) is Carrier.HAND_OVER


@pytest.mark.usefixtures("claim")
async def test_the_worker_does_not_let_go_while_a_run_of_another_project_is_in_its_switch(
    store: Store, run: Run, other: Run
) -> None:
    await store.runs.cross(other.id, other.epoch)
    assert [found.run for found in await store.hand_overs.let_go(run.id, run.epoch)] == [other.id]
    assert await carrier(store, run) is Carrier.WORKER
    now = await store.runs.get(run.id)
    assert (now.epoch, now.switching_at) == (run.epoch, None)
    await ended(store, other)
    assert await store.hand_overs.let_go(run.id, run.epoch) == []
    assert await carrier(store, run) is Carrier.HAND_OVER


async def test_no_run_of_another_project_begins_its_switch_while_the_controller_is_replaced(
    store: Store, run: Run, other: Run
) -> None:
    await store.hand_overs.let_go(run.id, run.epoch)
    for _ in range(2):
        with pytest.raises(HandOverUnderWay) as found:
            await store.runs.cross(other.id, other.epoch)
        assert found.value.run == run.id
        assert (await store.runs.get(other.id)).switching_at is None
        await store.hand_overs.take_back(run.id, WHY)
    await store.runs.cross(run.id, (await store.runs.get(run.id)).epoch)  # its own is not in its own way
    assert (await store.runs.cancel(other.id, "Ada")).by == "Ada"
    await ended(store, run)
    with pytest.raises(RunCancelled):
        await store.runs.cross(other.id, other.epoch)


async def test_what_the_worker_ends_itself_and_what_nobody_is_at_keeps_no_other_run_waiting(
    store: Store, run: Run, other: Run
) -> None:
    await store.hand_overs.let_go(run.id, run.epoch)
    await store.pool.execute(
        "UPDATE events SET at = at - make_interval(secs => $1) WHERE run_id = $2", STILL_SECONDS + 1, run.id
    )
    await store.runs.cross(other.id, other.epoch)
    await store.pool.execute("UPDATE runs SET switching_at = NULL WHERE id = $1", other.id)
    assert await store.runs.claim(run.id)  # somebody is at it again
    with pytest.raises(HandOverUnderWay):
        await store.runs.cross(other.id, other.epoch)
    assert await store.hand_overs.end_by_worker(run.id)
    await store.runs.cross(other.id, other.epoch)


@pytest.mark.usefixtures("claim")
async def test_at_the_same_moment_either_the_worker_lets_go_or_the_other_run_begins_its_switch(
    store: Store, run: Run, other: Run
) -> None:
    for _ in range(20):
        await store.pool.execute("UPDATE runs SET switching_at = NULL")
        await store.pool.execute("UPDATE hand_overs SET carrier = 'worker'")
        epoch = (await store.runs.get(run.id)).epoch
        there, crossed = await asyncio.gather(
            store.hand_overs.let_go(run.id, epoch),
            store.runs.cross(other.id, other.epoch),
            return_exceptions=True,
        )
        assert isinstance(there, list)
        assert bool(there) is (crossed is None)
        assert crossed is None or isinstance(crossed, HandOverUnderWay)


@pytest.mark.usefixtures("claim")
async def test_what_is_written_while_the_other_waits_for_its_turn_is_seen_by_it(
    store: Store, run: Run, other: Run
) -> None:
    async with one_at_a_time(store.pool) as connection:
        waiting = asyncio.create_task(store.hand_overs.let_go(run.id, run.epoch))
        async with asyncio.timeout(60):
            while not await store.pool.fetchval(ONE_WAITS):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.02)
        await connection.execute("UPDATE runs SET switching_at = now() WHERE id = $1", other.id)
    assert [found.run for found in await waiting] == [other.id]


@pytest.mark.parametrize("kind", [RunKind.RESTORE, RunKind.REWIND, RunKind.ROLLBACK_DRILL])
async def test_what_would_put_the_journal_back_is_refused_of_the_controller_alone(
    store: Store, itself: Project, project: Project, kind: RunKind
) -> None:
    with pytest.raises(NotOfItself, match="of itself"):
        await store.runs.request(itself.id, kind, source=Source.CLI, by="tester", target="1")
    assert await store.runs.active(itself.id) is None
    assert await store.runs.request(project.id, kind, source=Source.CLI, by="tester", target="1")
