"""A rollback without the journal as its file tells it, whole, cut and broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.engine import ending
from pipeline.engine.catch_up import took_its_place
from pipeline.engine.ending import Ending, StageError
from pipeline.engine.local_ending import PostgresAway, cut, left, superseded, unproven
from pipeline.engine.local_file import Began, LocalRun, local_runs
from pipeline.model.errors import StageFailed
from pipeline.model.results import Started, Stopped
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from tests.unit.pipeline.samples import NOW
from tests.unit.pipeline.stages.test_kept import A, B

DEAD = StageFailed("It died.", production="In between.", advice="Mend it.", log="Traceback")
BEGAN = Began(at=NOW, by="ada@server", target=None, goal=A, before=B)


@pytest.fixture
def run(tmp_path: Path) -> LocalRun:
    run = LocalRun.begin(tmp_path / "local-agent", BEGAN)
    run.step(StageName.STOP, StageState.RUNNING, NOW + timedelta(seconds=1))
    run.step(
        StageName.STOP, StageState.SUCCEEDED, NOW + timedelta(seconds=2), result=Stopped(services=["app"])
    )
    run.step(StageName.START, StageState.RUNNING, NOW + timedelta(seconds=3))
    return run


def _read(run: LocalRun) -> LocalRun:
    [found] = local_runs(run.path.parent)
    return found


def test_it_is_read_as_it_was_written(run: LocalRun) -> None:
    assert _read(run) == run
    assert run.key == "local-agent:20260301T120000.000000Z"
    assert [row.state for row in run.rows.values()] == [StageState.SUCCEEDED, StageState.RUNNING]
    assert run.rows[StageName.STOP].took == timedelta(seconds=1)


def test_a_failure_and_an_end_are_read_again(run: LocalRun) -> None:
    run.step(StageName.START, StageState.FAILED, NOW + timedelta(seconds=4), failure=DEAD)
    run.pause(NOW + timedelta(seconds=5))
    run.end(ending.broken(StageError(StageName.START, DEAD), StageError(StageName.REVERT, DEAD), B), NOW)
    found = _read(run)
    assert found.failed is not None
    assert (found.failed.stage, found.failed.error.what, found.failed.error.advice) == (
        StageName.START,
        "It died.",
        "Mend it.",
    )
    assert (found.rows, found.paused, found.ending) == (run.rows, True, run.ending)
    assert run.ending is not None
    assert run.ending.code is ExitCode.ROLLBACK_FAILED


def test_a_line_that_was_cut_does_not_count_and_the_next_one_does(run: LocalRun) -> None:
    with run.path.open("a") as file:
        file.write('{"kind": "stage", "at": "2026')
    assert _read(run) == run
    run.step(
        StageName.START, StageState.SUCCEEDED, NOW + timedelta(seconds=4), result=Started(images=A.images)
    )
    assert _read(run) == run


def test_a_file_cut_before_its_intent_was_whole_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "20260301T120000.000000Z.jsonl").write_text('{"kind": "began", "at"')
    assert local_runs(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_set_aside(run: LocalRun) -> None:
    run.path.with_name("0.jsonl").write_text("not JSON\n")
    assert local_runs(run.path.parent) == [run]
    assert run.path.with_name("0.unreadable").read_text() == "not JSON\n"


def test_what_the_journal_knows_is_put_away(run: LocalRun) -> None:
    run.put_away()
    assert local_runs(run.path.parent) == []
    assert [path.name for path in (run.path.parent / "done").iterdir()] == [run.path.name]


def test_a_disk_that_refuses_later_does_not_stop_it(run: LocalRun) -> None:
    run.path.unlink()
    run.path.mkdir()
    run.step(StageName.START, StageState.SUCCEEDED, NOW, result=Started(images=A.images))
    assert run.rows[StageName.START].state is StageState.SUCCEEDED


@pytest.mark.parametrize(
    ("stage", "production"),
    [
        (StageName.STOP, "Production is between b2b2b2b and a1a1a1a: its services may be stopped."),
        (StageName.SMOKE, "a1a1a1a was started; whether it is well was not found out."),
        (StageName.REVERT, "b2b2b2b was being brought back: production may be between two releases."),
    ],
)
def test_what_is_said_where_it_is_stopped(tmp_path: Path, stage: StageName, production: str) -> None:
    run = LocalRun.begin(tmp_path, BEGAN)
    run.step(stage, StageState.RUNNING, NOW)
    said = f"The rollback to a1a1a1a was stopped at stage {stage}. {production} "
    assert str(cut(run, of_itself=False)) == (
        f"{said}Run the same command again: it goes on. A worker that starts does so too."
    )
    assert str(cut(run, of_itself=True)) == (
        f"{said}Run it again with the release named, rollback 1: it goes on."
        " A worker that starts puts nothing in place: it replaces neither itself nor the bot."
    )


def test_what_is_said_while_nothing_can_be_proven(run: LocalRun) -> None:
    failure = unproven(run, PostgresAway(StageName.SMOKE, DEAD)).failure
    assert failure.what == "PostgreSQL does not answer, so nothing could be proven: It died."
    assert failure.production.startswith("a1a1a1a was started and stays; it may need PostgreSQL to serve.")
    run.step(StageName.START, StageState.FAILED, NOW, failure=DEAD)
    failure = unproven(run, PostgresAway(StageName.REVERT, DEAD)).failure
    assert failure.what.startswith("It died. Then b2b2b2b was started again. PostgreSQL does not answer")
    assert failure.production.startswith("b2b2b2b was started and stays")


def test_a_release_left_in_place_that_fails_later_is_critical_and_stays() -> None:
    how = left(StageError(StageName.SMOKE, DEAD), A)
    assert (how.state, how.code) == (RunState.BROKEN, ExitCode.ROLLBACK_FAILED)
    assert how.failure is not None
    assert how.failure.production == (
        "CRITICAL: production may be down; a1a1a1a fails its checks. Nothing else was put in place."
    )


@pytest.mark.parametrize(
    ("how", "touched", "state", "code"),
    [
        (ending.SUCCEEDED, True, RunState.REVERTED, ExitCode.DEPLOY_FAILED),
        (ending.SUCCEEDED, False, RunState.FAILED, ExitCode.DEPLOY_FAILED),
        (left(StageError(StageName.SMOKE, DEAD), A), True, RunState.BROKEN, ExitCode.ROLLBACK_FAILED),
        (left(StageError(StageName.SMOKE, DEAD), A), False, RunState.FAILED, ExitCode.DEPLOY_FAILED),
        (
            ending.reverted(StageError(StageName.SMOKE, DEAD), B, None),
            True,
            RunState.FAILED,
            ExitCode.DEPLOY_FAILED,
        ),
    ],
)
def test_how_a_run_ends_whose_place_it_took(
    run: LocalRun, how: Ending, touched: bool, state: RunState, code: ExitCode
) -> None:
    run.end(how, NOW)
    ended = took_its_place(run, StageName.MIGRATE, touched=touched)
    assert (ended.state, ended.code) == (state, code)
    assert ended.failure is not None
    assert ended.failure.what == (
        "The run was cut. Meanwhile ada@server rolled back to a1a1a1a on the command line,"
        " which took its place."
    )


def test_one_that_another_came_after_is_called_off(run: LocalRun) -> None:
    how = superseded(replace(run), "ada@server chose another release")
    assert (how.state, how.code) == (RunState.VOIDED, ExitCode.NOT_APPROVED)
    assert how.failure is not None
    assert how.failure.what == (
        "The rollback to a1a1a1a on the command line had no end: ada@server chose another release."
    )
