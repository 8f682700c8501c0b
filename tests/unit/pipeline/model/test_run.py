from datetime import timedelta

import pytest

from pipeline.model.release import ServiceState
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from tests.unit.pipeline.samples import IMAGE, NOW, OLD_IMAGE, SHA, release, run, stage, view


def test_a_stage_takes_time_once_it_has_ended() -> None:
    assert stage(StageName.PULL, 1).took == timedelta(seconds=1.5)
    assert stage(StageName.PULL, 1, finished_at=None).took is None
    assert stage(StageName.PULL, 1, started_at=None, finished_at=None).took is None


def test_the_current_stage_is_the_first_that_runs() -> None:
    stages = [
        stage(StageName.PULL, 1),
        stage(StageName.TEST, 2, state=StageState.RUNNING),
        stage(StageName.BUILD, 3, state=StageState.RUNNING),
    ]
    assert view(stages).current is stages[1]
    assert view(stages[:1]).current is None
    assert view(stages).stage(StageName.BUILD) is stages[2]
    assert view(stages).stage(StageName.SMOKE) is None


def test_an_ending_is_shown_before_it_is_written() -> None:
    failure = Failure(stage=StageName.TEST, what="a", production="b", advice="c")
    before = view([stage(StageName.PULL, 1)])
    after = before.ended(RunState.FAILED, ExitCode.TEST_FAILED, failure, NOW)
    assert after.run == run(
        state=RunState.FAILED, exit_code=ExitCode.TEST_FAILED, failure=failure, finished_at=NOW
    )
    assert after.stages == before.stages
    assert before.run == run()


def test_which_states_are_final() -> None:
    assert {state for state in RunState if not state.final} == {
        RunState.REQUESTED,
        RunState.RUNNING,
        RunState.AWAITING,
        RunState.REVERTING,
    }


@pytest.mark.parametrize(
    ("change", "short", "tag"),
    [
        ({"sha": SHA}, "4f2a9c1", "4f2a9c1e4f2a-r4"),
        ({"sha": None, "images": {"app": IMAGE}}, "a1a1a1a", "a1a1a1a-r4"),
        ({"sha": None, "images": {"app": OLD_IMAGE}}, "b2b2b2b", "b2b2b2b-r4"),
        ({"sha": None, "images": {}}, "unknown", "unknown-r4"),
    ],
)
def test_how_a_release_is_called(change: dict[str, object], short: str, tag: str) -> None:
    found = release(**change)
    assert (found.short_sha, found.image_tag) == (short, tag)


@pytest.mark.parametrize(
    ("running", "health", "well"),
    [
        (True, None, True),
        (True, "healthy", True),
        (True, "starting", False),
        (True, "unhealthy", False),
        (False, None, False),
        (False, "healthy", False),
    ],
)
def test_when_a_service_is_well(running: bool, health: str | None, well: bool) -> None:
    state = ServiceState(
        service="app",
        container="app-1",
        image=IMAGE,
        running=running,
        health=health,
        restarts=0,
        started_at=NOW,
    )
    assert state.well is well
