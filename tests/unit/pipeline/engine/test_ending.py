"""How runs end: states, exit codes and sentences. The codes are those of docs/DEPLOYMENT_PIPELINE.md."""

import pytest

from pipeline.engine.ending import (
    SUCCEEDED,
    Ending,
    StageError,
    before_the_down_migration,
    broken,
    put_back,
    reverted,
    untouched,
    up_again,
)
from pipeline.model.errors import PipelineError, PlanVoided, RunCancelled, StageFailed
from pipeline.model.release import BackupId
from pipeline.model.run import Failure
from pipeline.model.states import EXIT_OF_STAGE, ExitCode, RunKind, RunState, StageName
from pipeline.stages.approve import NotApproved
from pipeline.stages.no_way_back import no_way_back
from pipeline.stages.quarantine import Unusable
from tests.unit.pipeline.samples import release

SERVES = "Production was not touched: the live release keeps serving."
BACK = "The release from before, 0b1c2d3, was brought back, passed its checks and serves."
FAILED = StageFailed("It failed.", production="anything", advice="Mend it.", log="last\nlines")


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (StageName.PULL, 3),
        (StageName.BACKUP, 6),
        (StageName.TEST, 1),
        (StageName.BUILD, 2),
        (StageName.TAG, 3),
        (StageName.REHEARSE, 3),
        (StageName.APPROVE, 5),
    ],
)
def test_before_the_switch_nothing_changed(stage: StageName, code: int) -> None:
    assert untouched(StageError(stage, FAILED)) == Ending(
        RunState.FAILED,
        ExitCode(code),
        Failure(stage=stage, what="It failed.", production=SERVES, advice="Mend it.", log="last\nlines"),
    )


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NotApproved(RunState.REJECTED, "No."), RunState.REJECTED),
        (NotApproved(RunState.EXPIRED, "Nobody answered."), RunState.EXPIRED),
        (PlanVoided("It moved."), RunState.VOIDED),
        (PipelineError("It broke.", advice="Look."), RunState.FAILED),
    ],
)
def test_at_the_gate(error: PipelineError, state: RunState) -> None:
    assert untouched(StageError(StageName.APPROVE, error)) == Ending(
        state,
        ExitCode.NOT_APPROVED,
        Failure(stage=StageName.APPROVE, what=error.what, production=SERVES, advice=error.advice),
    )


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (StageName.STOP, 3),
        (StageName.MIGRATE, 3),
        (StageName.START, 3),
        (StageName.WAIT, 3),
        (StageName.SMOKE, 4),
        (StageName.REPORT, 3),
    ],
)
def test_past_the_switch_the_release_from_before_serves(stage: StageName, code: int) -> None:
    assert reverted(StageError(stage, FAILED), release(), None) == Ending(
        RunState.REVERTED,
        ExitCode(code),
        Failure(stage=stage, what="It failed.", production=BACK, advice="Mend it.", log="last\nlines"),
    )


def test_a_migration_that_stays_is_said() -> None:
    end = reverted(StageError(StageName.SMOKE, FAILED), release(), "0008")
    assert end.failure is not None
    assert end.failure.production == f"{BACK} The schema stays at 0008: migrations are not undone."


@pytest.mark.parametrize("stage", [StageName.STOP, StageName.START, StageName.SMOKE])
def test_when_the_way_back_fails_too(stage: StageName) -> None:
    back = StageFailed(
        "Compose refused.", production="Between.", advice="Start it by hand.", log="of the way back"
    )
    assert broken(StageError(stage, FAILED), StageError(StageName.REVERT, back), release()) == Ending(
        RunState.BROKEN,
        ExitCode.ROLLBACK_FAILED,
        Failure(
            stage=stage,
            what="It failed. Then the way back failed: Compose refused.",
            production="CRITICAL: production may be down;"
            " the release from before, 0b1c2d3, did not come back well.",
            advice="Start it by hand. Look at production now: /status, then the containers' logs.",
            log="last\nlines\nof the way back",
        ),
    )


def test_when_there_is_no_way_back() -> None:
    back = StageFailed("There is no release to go back to.", advice="Deploy again.")
    end = broken(StageError(StageName.WAIT, FAILED), StageError(StageName.REVERT, back), None)
    assert end.failure is not None
    assert end.failure.production == "CRITICAL: production may be down; nothing was live before."


def test_a_good_end() -> None:
    assert (SUCCEEDED.state, SUCCEEDED.code, SUCCEEDED.failure) == (
        RunState.SUCCEEDED,
        ExitCode.SUCCESS,
        None,
    )


def test_the_exit_code_of_every_stage() -> None:
    assert {name: int(EXIT_OF_STAGE.get(name, ExitCode.DEPLOY_FAILED)) for name in StageName} == {
        "pull": 3,
        "backup": 6,
        "test": 1,
        "build": 2,
        "tag": 3,
        "rehearse": 3,
        "approve": 5,
        "hand-over": 3,
        "stop": 3,
        "migrate": 3,
        "start": 3,
        "wait": 3,
        "smoke": 4,
        "report": 3,
        "revert": 7,
        "check": 6,
        "prepare": 6,
        "swap": 3,
        "prove": 3,
        "trial": 3,
    }
    assert (int(ExitCode.HELD), int(ExitCode.USAGE)) == (8, 64)


def test_a_stage_error_names_its_stage() -> None:
    assert str(StageError(StageName.TEST, FAILED)) == "test: It failed."


def test_a_cancelled_run_is_not_approved_whatever_stage_it_was_at() -> None:
    how = untouched(StageError(StageName.BUILD, RunCancelled("ada@host")))
    assert (how.state, how.code) == (RunState.CANCELLED, ExitCode.NOT_APPROVED)
    assert how.failure == Failure(
        stage=StageName.BUILD,
        what="The run was cancelled by ada@host.",
        production=SERVES,
        advice="Ask again when it is wanted.",
    )


@pytest.mark.parametrize("stage", [StageName.CHECK, StageName.PROVE])
def test_a_drill_tells_a_backup_that_is_not_usable_from_one_that_was_not_tried(stage: StageName) -> None:
    unusable = Unusable("Backup 12 is not usable.", advice="Make another.")
    for error, code in (
        (unusable, 6),
        (FAILED, 3),
        (PipelineError("Docker is away.", advice="Look."), 3),
        (RunCancelled("ada@host"), 5),
    ):
        assert int(untouched(StageError(stage, error), RunKind.DRILL).code) == code
    assert int(untouched(StageError(StageName.CHECK, FAILED), RunKind.RESTORE).code) == 6


def test_a_rollback_drill_tells_a_way_back_that_does_not_work_from_one_that_was_not_tried() -> None:
    for stage, error, code in (
        (StageName.TRIAL, no_way_back(release(), "It ended.", "", ["ports of app"]), 6),
        (StageName.CHECK, Unusable("Backup 12 is not usable.", advice="Make another."), 6),
        (StageName.TRIAL, FAILED, 3),
        (StageName.TAG, FAILED, 3),
        (StageName.TRIAL, RunCancelled("ada@host"), 5),
    ):
        how = untouched(StageError(stage, error), RunKind.ROLLBACK_DRILL)
        assert int(how.code) == code
        assert how.failure is not None
        assert how.failure.production == SERVES


def test_a_restore_that_failed_past_the_stop() -> None:
    how = put_back(StageError(StageName.SMOKE, FAILED), release(), RunKind.RESTORE)
    assert (how.state, how.code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert how.failure is not None
    assert how.failure.production == (
        "The database is the one from before the restore; release 0b1c2d3 was started again on it, passed its"
        " checks and serves."
    )
    how = put_back(StageError(StageName.SMOKE, FAILED), release(), RunKind.REWIND)
    assert how.failure is not None
    assert how.failure.production.startswith(
        "The database is the one from before the rollback; release 0b1c2d3"
    )


def test_a_rollback_that_took_the_schema_down_and_failed() -> None:
    failed = StageError(StageName.MIGRATE, FAILED)
    how = up_again(failed, release(), "0008", BackupId(13))
    assert (how.state, how.code) == (RunState.REVERTED, ExitCode.DEPLOY_FAILED)
    assert how.failure is not None
    assert how.failure.production == (
        "The release from before, 0b1c2d3, was brought back, passed its checks and serves. The schema was"
        " migrated to 0008 again; what going down removed did not come back with it. Backup 13 holds the data"
        " from before: /restore 13."
    )
    how = up_again(failed, release(), None, BackupId(13))
    assert how.failure is not None
    assert how.failure.production.endswith(" passed its checks and serves. The schema did not move.")
    how = broken(failed, failed, release(), before_the_down_migration(BackupId(13)))
    assert how.failure is not None
    assert how.failure.production == (
        "CRITICAL: production may be down; the release from before, 0b1c2d3, did not come back well. Backup"
        " 13 holds the data from before: /restore 13."
    )
