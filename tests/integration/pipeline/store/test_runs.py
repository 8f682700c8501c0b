"""Runs: one active a project, asked for once, told in order, and written by their executor only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from pipeline.model.errors import ActiveRun, StaleEpoch
from pipeline.model.release import Project, RunId
from pipeline.model.results import Pulled, Tested
from pipeline.model.run import Failure, Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.store import Store

FAILURE = Failure(stage=StageName.TEST, what="It failed.", production="Fine.", advice="Mend.", log="a\nb")
PULLED = Pulled(sha="a" * 40, branch="main", subject="x", source="/s", commits=[], commit_count=0)


async def _asked(store: Store, project: Project, **options: Any) -> Run:
    return await store.runs.request(project.id, RunKind.DEPLOY, source=Source.CLI, by="tester", **options)


async def test_a_second_run_is_refused_and_told_who_holds_the_project(store: Store, project: Project) -> None:
    first = await store.runs.request(
        project.id, RunKind.BACKUP, source=Source.TELEGRAM, by="Master", target=None
    )
    with pytest.raises(ActiveRun) as caught:
        await _asked(store, project)
    held = caught.value
    assert (held.run_id, held.kind, held.stage, held.since, held.requested_by) == (
        first.id,
        RunKind.BACKUP,
        None,
        first.requested_at,
        "Master",
    )
    claimed = await store.runs.claim(first.id)
    assert claimed is not None
    await store.runs.begin(first.id, claimed.epoch, StageName.BACKUP, 1)
    with pytest.raises(ActiveRun, match="is under way at stage backup since"):
        await _asked(store, project)
    await store.runs.finish(first.id, claimed.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    assert (await _asked(store, project)).id > first.id


async def test_of_many_who_ask_at_once_one_gets_the_run(store: Store, project: Project) -> None:
    answers = await asyncio.gather(*(_asked(store, project) for _ in range(8)), return_exceptions=True)
    runs = [answer for answer in answers if isinstance(answer, Run)]
    refused = [answer for answer in answers if isinstance(answer, ActiveRun)]
    assert (len(runs), len(refused)) == (1, 7)
    assert {error.run_id for error in refused} == {runs[0].id}


async def test_the_constraint_stands_in_the_database_itself(store: Store, project: Project) -> None:
    await _asked(store, project)
    with pytest.raises(asyncpg.UniqueViolationError, match="runs_one_active"):
        await store.pool.execute(
            "INSERT INTO runs (project_id, kind, source, requested_by) VALUES ($1, 'deploy', 'cli', 'x')",
            project.id,
        )


async def test_projects_do_not_hold_each_other(store: Store, project: Project) -> None:
    other = await store.releases.project("other", "https://example.org/other.git", "main")
    first, second = await _asked(store, project), await _asked(store, other)
    assert (await store.runs.active(project.id)) == first
    assert (await store.runs.active(other.id)) == second


async def test_which_runs_are_restores_of_a_project_that_came_so_far(store: Store, project: Project) -> None:
    other = await store.releases.project("other", "https://example.org/other.git", "main")
    asked = []
    for whose in (project, other):
        for kind in (RunKind.DEPLOY, RunKind.RESTORE, RunKind.REWIND):
            run = await store.runs.request(whose.id, kind, source=Source.CLI, by="tester")
            assert await store.runs.claim(run.id)
            await store.runs.lay(run.id, 1, [StageName.PREPARE, StageName.SWAP])
            await store.runs.begin(run.id, 1, StageName.PREPARE, 1)
            if kind is not RunKind.REWIND:
                await store.runs.begin(run.id, 1, StageName.SWAP, 2)
            await store.runs.finish(run.id, 1, RunState.FAILED, ExitCode.BACKUP_FAILED, None)
            asked.append(run.id)
    _, restore, rewind, *_ = asked
    among, several = store.runs.restores_among, [*asked, 20250301]
    assert await among(project.id, several, StageName.PREPARE) == {restore, rewind}
    assert await among(project.id, several, StageName.SWAP) == {restore}
    assert await among(project.id, [rewind], StageName.PREPARE) == {rewind}
    assert await among(project.id, [], StageName.PREPARE) == set()


async def test_asked_twice_with_one_key_there_is_one_run(store: Store, project: Project) -> None:
    answers = await asyncio.gather(*(_asked(store, project, key="update 7") for _ in range(5)))
    assert len({run.id for run in answers}) == 1
    claimed = await store.runs.claim(answers[0].id)
    assert claimed is not None
    await store.runs.finish(claimed.id, claimed.epoch, RunState.FAILED, ExitCode.TEST_FAILED, FAILURE)
    again = await _asked(store, project, key="update 7")
    assert (again.id, again.state) == (claimed.id, RunState.FAILED)
    assert (await _asked(store, project, key="update 8")).id != claimed.id


async def test_one_key_at_the_same_moment_is_one_run_whichever_index_holds_the_second(
    store: Store, project: Project
) -> None:
    for turn in range(40):
        answers = await asyncio.gather(*(_asked(store, project, key=f"update {turn}") for _ in range(6)))
        assert len({run.id for run in answers}) == 1
        claimed = await store.runs.claim(answers[0].id)
        assert claimed is not None
        await store.runs.finish(claimed.id, claimed.epoch, RunState.FAILED, ExitCode.TEST_FAILED, FAILURE)


async def test_what_was_asked_for_is_what_is_read(store: Store, project: Project) -> None:
    run = await _asked(store, project, target="feature/x")
    assert await store.runs.get(run.id) == run
    assert (run.kind, run.state, run.source, run.requested_by, run.target) == (
        RunKind.DEPLOY,
        RunState.REQUESTED,
        Source.CLI,
        "tester",
        "feature/x",
    )
    assert (run.epoch, run.exit_code, run.failure, run.started_at, run.finished_at) == (0,) + (None,) * 4
    for question in (store.runs.get, store.runs.view):
        with pytest.raises(LookupError, match="no run 999999"):
            await question(RunId(999999))


async def test_a_run_from_claim_to_end(store: Store, run: Run) -> None:
    runs = store.runs
    assert (run.state, run.epoch) == (RunState.RUNNING, 1)
    assert run.started_at is not None
    await runs.begin(run.id, 1, StageName.PULL, 1)
    await runs.tell(run.id, 1, StageName.PULL, "fetching")
    assert [(s.name, s.state, s.last_line) for s in (await runs.view(run.id)).stages] == [
        (StageName.PULL, StageState.RUNNING, "fetching"),
        (StageName.TEST, StageState.PENDING, None),
        (StageName.APPROVE, StageState.PENDING, None),
    ]
    await runs.note(run.id, 1, sha="a" * 40, branch="main")
    await runs.note(run.id, 1, branch=None)
    await runs.end(run.id, 1, StageName.PULL, StageState.SUCCEEDED, PULLED)
    await runs.begin(run.id, 1, StageName.TEST, 2)
    await runs.end(run.id, 1, StageName.TEST, StageState.FAILED, None)
    await runs.finish(run.id, 1, RunState.FAILED, ExitCode.TEST_FAILED, FAILURE)
    view = await runs.view(run.id)
    assert view.project == "agent"
    assert [(s.name, s.position, s.state, s.result) for s in view.stages] == [
        (StageName.PULL, 1, StageState.SUCCEEDED, PULLED),
        (StageName.TEST, 2, StageState.FAILED, None),
        (StageName.APPROVE, 3, StageState.SKIPPED, None),
    ]
    assert view.stages[2].finished_at is None
    ended = view.run
    assert (ended.state, ended.exit_code, ended.failure) == (
        RunState.FAILED,
        ExitCode.TEST_FAILED,
        FAILURE,
    )
    assert (ended.sha, ended.branch) == ("a" * 40, "main")
    assert ended.finished_at is not None
    assert [(e["kind"], e["stage"], e["data"]) for e in await runs.events(run.id)] == [
        ("requested", None, {}),
        ("claimed", None, {"epoch": 1}),
        ("stage_started", "pull", {}),
        ("stage_ended", "pull", {"state": "succeeded"}),
        ("stage_started", "test", {}),
        ("stage_ended", "test", {"state": "failed"}),
        ("finished", None, {"state": "failed", "exit_code": 1}),
    ]
    assert await runs.claim(run.id) is None
    assert await runs.active(run.project_id) is None


async def test_a_stage_cut_off_is_done_again_and_one_beside_the_road_comes_last(
    store: Store, run: Run
) -> None:
    runs = store.runs
    await runs.begin(run.id, 1, StageName.PULL, 1)
    await runs.tell(run.id, 1, StageName.PULL, "half way")
    assert (await runs.claim(run.id)).epoch == 2
    await runs.lay(run.id, 2, [StageName.PULL, StageName.TEST, StageName.APPROVE])
    await runs.begin(run.id, 2, StageName.PULL, 1)
    await runs.begin(run.id, 2, StageName.REVERT, 13)
    view = await runs.view(run.id)
    assert [(s.name, s.position, s.state, s.last_line) for s in view.stages] == [
        (StageName.PULL, 1, StageState.RUNNING, None),
        (StageName.TEST, 2, StageState.PENDING, None),
        (StageName.APPROVE, 3, StageState.PENDING, None),
        (StageName.REVERT, 13, StageState.RUNNING, None),
    ]
    await runs.finish(run.id, 2, RunState.BROKEN, ExitCode.ROLLBACK_FAILED, FAILURE)
    [pull, *_] = (await runs.view(run.id)).stages
    assert pull.state is StageState.SKIPPED
    assert pull.finished_at is not None


async def test_claiming_keeps_where_a_run_stands(store: Store, run: Run) -> None:
    await store.runs.move(run.id, 1, RunState.REVERTING)
    claimed = await store.runs.claim(run.id)
    assert claimed is not None
    assert (claimed.state, claimed.epoch, claimed.started_at) == (RunState.REVERTING, 2, run.started_at)


WRITES: dict[str, Callable[[Store, RunId, int], Awaitable[object]]] = {
    "note": lambda store, run, epoch: store.runs.note(run, epoch, sha="b" * 40),
    "move": lambda store, run, epoch: store.runs.move(run, epoch, RunState.REVERTING),
    "begin": lambda store, run, epoch: store.runs.begin(run, epoch, StageName.TEST, 2),
    "begin a new one": lambda store, run, epoch: store.runs.begin(run, epoch, StageName.REVERT, 13),
    "end": lambda store, run, epoch: store.runs.end(run, epoch, StageName.PULL, StageState.SUCCEEDED, PULLED),
    "finish": lambda store, run, epoch: store.runs.finish(
        run, epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None
    ),
}


async def _everything(store: Store) -> list[list[tuple[Any, ...]]]:
    tables = ("runs", "stages", "events", "approvals")
    return [
        [tuple(row) for row in await store.pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]  # noqa: S608
        for table in tables
    ]


@pytest.mark.parametrize("write", WRITES)
async def test_an_executor_that_was_overtaken_changes_nothing(store: Store, run: Run, write: str) -> None:
    await store.runs.begin(run.id, 1, StageName.PULL, 1)
    assert (await store.runs.claim(run.id)).epoch == 2
    before = await _everything(store)
    with pytest.raises(StaleEpoch, match=rf"Run {run.id} is no longer carried by this worker \(epoch 1"):
        await WRITES[write](store, run.id, 1)
    assert await _everything(store) == before
    await WRITES[write](store, run.id, 2)
    assert await _everything(store) != before


async def test_a_line_of_an_overtaken_executor_is_not_shown(store: Store, run: Run) -> None:
    await store.runs.begin(run.id, 1, StageName.PULL, 1)
    await store.runs.claim(run.id)
    before = await _everything(store)
    await store.runs.tell(run.id, 1, StageName.PULL, "from the past")
    await store.runs.tell(run.id, 2, StageName.TEST, "of a stage that does not run")
    await store.runs.tell(run.id, 2, StageName.PULL, "waits no more", StageState.PENDING)
    assert await _everything(store) == before


async def test_what_a_stage_waits_for_is_gone_once_it_begins(store: Store, run: Run) -> None:
    await store.runs.tell(run.id, 1, StageName.TEST, "waits for run 13", StageState.PENDING)
    view = await store.runs.view(run.id)
    assert view.current is not None
    assert (view.current.name, view.current.last_line) == (StageName.TEST, "waits for run 13")
    await store.runs.begin(run.id, 1, StageName.TEST, 1)
    view = await store.runs.view(run.id)
    assert view.current is not None
    assert (view.current.waits, view.current.last_line) == (False, None)


@pytest.mark.parametrize("write", ["begin", "begin a new one", "finish"])
async def test_a_run_ends_once(store: Store, run: Run, write: str) -> None:
    await store.runs.finish(run.id, 1, RunState.FAILED, ExitCode.TEST_FAILED, FAILURE)
    before = await _everything(store)
    with pytest.raises(StaleEpoch):
        await WRITES[write](store, run.id, 1)
    assert await _everything(store) == before


async def test_the_last_downtime_is_that_of_the_newest_good_switch(store: Store, project: Project) -> None:
    assert await store.runs.last_downtime(project.id) is None
    for seconds, state in ((9, RunState.SUCCEEDED), (4, RunState.SUCCEEDED), (1, RunState.REVERTED)):
        run = await _asked(store, project)
        assert await store.runs.claim(run.id)
        for name in (StageName.STOP, StageName.WAIT):
            await store.runs.begin(run.id, 1, name, 1)
            await store.runs.end(run.id, 1, name, StageState.SUCCEEDED, None)
        await store.pool.execute(
            "UPDATE stages SET finished_at = (SELECT started_at FROM stages WHERE run_id = $1"
            " AND name = 'stop') + make_interval(secs => $2) WHERE run_id = $1 AND name = 'wait'",
            run.id,
            seconds,
        )
        await store.runs.finish(run.id, 1, state, ExitCode.SUCCESS, None)
    assert await store.runs.last_downtime(project.id) == 4.0
    assert [run.state for run in await store.runs.recent(project.id, 2)] == [
        RunState.REVERTED,
        RunState.SUCCEEDED,
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ü <b>&'\"\\ 😀 line\nbreak", "ü <b>&'\"\\ 😀 line\nbreak"),
        ("before\0after", "beforeafter"),
        ("\\u0000 and \\\0", "\\u0000 and \\"),
    ],
)
async def test_any_text_of_a_log_can_be_written(store: Store, run: Run, written: str, read: str) -> None:
    """PostgreSQL holds no NUL, and a log may."""
    tested = Tested(ran=True, tests=1, failures=[written], coverage=70.0)
    failure = Failure(stage=StageName.TEST, what=written, production="Fine.", advice="Mend.", log=written)
    await store.runs.begin(run.id, 1, StageName.TEST, 2)
    await store.runs.end(run.id, 1, StageName.TEST, StageState.FAILED, tested)
    await store.runs.finish(run.id, 1, RunState.FAILED, ExitCode.TEST_FAILED, failure)
    view = await store.runs.view(run.id)
    assert view.stages[1].result == replace(tested, failures=[read])
    assert view.run.failure == replace(failure, what=read, log=read)
