"""The home chat, groups that move, who asked, and one-time codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.store.people import CodeRefused, Move
from pipeline.store.store import Store

FIRST, SECOND, GROUP, SUPERGROUP = 42, 43, -5, -1007
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def _told(store: Store, run: Run, chat: int, *, message: int, final: bool = True) -> None:
    for subject in ("run", "result"):
        await store.cards.show(subject, run.id, chat, message=message, shown="x", final=final)  # type: ignore[arg-type]


async def test_a_new_home_is_owed_what_the_old_one_was_and_is_told_nothing_twice(
    store: Store, project: Project, run: Run
) -> None:
    await store.chats.settle(run.project_id, FIRST)
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    await _told(store, run, FIRST, message=7)
    missed = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="x")
    claimed = await store.runs.claim(missed.id)
    assert claimed is not None
    await store.cards.show("run", missed.id, FIRST, message=8, shown="x", final=False)
    await store.runs.finish(claimed.id, claimed.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    await store.chats.settle(run.project_id, GROUP)
    assert await store.cards.runs_to_tell(run.project_id, GROUP) == [missed.id]
    assert await store.cards.results_to_tell(run.project_id, GROUP) == [missed.id]
    inherited = await store.cards.get("run", run.id, GROUP)
    assert inherited is not None
    assert (inherited.message_id, inherited.final) == (None, True)
    await _told(store, missed, GROUP, message=1)
    await store.chats.settle(run.project_id, FIRST)
    assert await store.cards.results_to_tell(run.project_id, FIRST) == []
    assert await store.cards.runs_to_tell(run.project_id, FIRST) == [
        missed.id
    ]  # its card still stands there, half told


async def test_a_first_home_is_told_of_what_ends_from_now_on(store: Store, run: Run) -> None:
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    await store.chats.settle(run.project_id, FIRST)
    await store.chats.settle(run.project_id, FIRST)
    assert await store.cards.results_to_tell(run.project_id, FIRST) == []


async def test_a_group_that_moves_is_remembered_and_told_once(store: Store, run: Run) -> None:
    await store.chats.settle(run.project_id, GROUP)
    await _told(store, run, GROUP, message=7, final=False)
    assert await store.chats.move(GROUP, SUPERGROUP)
    assert not await store.chats.move(GROUP, SUPERGROUP)
    assert await store.chats.moved() == {GROUP: SUPERGROUP}
    assert await store.cards.get("run", run.id, SUPERGROUP) is None
    assert await store.cards.runs_to_tell(run.project_id, SUPERGROUP) == [run.id]
    assert await store.chats.untold() == [Move(GROUP, SUPERGROUP)]
    await store.chats.told(Move(GROUP, SUPERGROUP))
    assert await store.chats.untold() == []
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    await store.chats.settle(run.project_id, SUPERGROUP)  # at the next start
    assert await store.cards.results_to_tell(run.project_id, SUPERGROUP) == [run.id]


async def test_who_asked_is_kept_by_id(store: Store, project: Project) -> None:
    asked = await store.runs.request(
        project.id, RunKind.BACKUP, source=Source.TELEGRAM, by="Ada (7) (42)", by_id=FIRST
    )
    assert await store.runs.asker(asked.id) == FIRST


async def test_nobody_in_the_chat_asked(store: Store, run: Run) -> None:
    assert await store.runs.asker(run.id) is None


async def test_a_code_works_once_but_for_the_same_run_and_person(
    store: Store, project: Project, run: Run
) -> None:
    await store.codes.use(100, run=run.id, user=FIRST, now=NOW)
    await store.codes.use(100, run=run.id, user=FIRST, now=NOW)  # a command that is handled twice
    with pytest.raises(CodeRefused) as refused:
        await store.codes.use(100, run=run.id, user=SECOND, now=NOW)
    assert (refused.value.used, refused.value.until) == (True, None)
    await store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    other = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="x")
    with pytest.raises(CodeRefused):
        await store.codes.use(100, run=other.id, user=FIRST, now=NOW)
    await store.codes.use(101, run=other.id, user=FIRST, now=NOW)


async def test_after_five_wrong_codes_even_a_right_one_waits(store: Store, run: Run) -> None:
    for second in range(5):
        with pytest.raises(CodeRefused) as wrong:
            await store.codes.use(None, run=run.id, user=FIRST, now=NOW + timedelta(seconds=second))
        assert (wrong.value.used, wrong.value.until) == (False, None)
    until = NOW + timedelta(minutes=10, seconds=4)
    for step in (None, 100):
        with pytest.raises(CodeRefused) as shut:
            await store.codes.use(step, run=run.id, user=SECOND, now=until - timedelta(seconds=1))
        assert shut.value.until == until
    await store.codes.use(100, run=run.id, user=FIRST, now=until)
    await store.codes.use(101, run=run.id, user=FIRST, now=NOW + timedelta(days=3))
    assert await store.pool.fetchval("SELECT count(*) FROM wrong_codes") == 0
