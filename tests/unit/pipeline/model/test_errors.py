"""The three sentences of every error: what happened, the state of production, what to do."""

import pytest

from pipeline.containers.compose import ComposeMissing
from pipeline.containers.engine import EngineRefused, EngineUnreachable
from pipeline.model.errors import (
    ActiveRun,
    ConfigurationError,
    PipelineError,
    PlanVoided,
    StageFailed,
    StaleEpoch,
)
from pipeline.model.states import ExitCode, RunKind, RunState
from pipeline.stages.approve import NotApproved
from pipeline.store.connect import Address, JournalUnreachable
from tests.unit.pipeline.samples import NOW

SERVES = "Production was not touched: the live release keeps serving."
JOURNAL = Address(host="db", port=5432, user="agent", password="correct horse", database="pipeline")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            PipelineError("It rained.", advice="Take an umbrella."),
            ExitCode.DEPLOY_FAILED,
            f"It rained. {SERVES} Take an umbrella.",
        ),
        (
            ConfigurationError("DB_PORT", "'x'", "a whole number"),
            ExitCode.USAGE,
            "DB_PORT is 'x'; allowed: a whole number. Nothing was started. Correct DB_PORT and start again.",
        ),
        (
            StageFailed("3 tests failed.", advice="Mend them.", log="the log is not part of the sentence"),
            ExitCode.DEPLOY_FAILED,
            f"3 tests failed. {SERVES} Mend them.",
        ),
        (
            ActiveRun(run_id=7, kind=RunKind.DEPLOY, stage="approve", since=NOW, requested_by="Master"),
            ExitCode.HELD,
            "Run 7 (deploy, asked by Master) is under way at stage approve since 2026-03-01 12:00 UTC."
            f" {SERVES} Wait for its result, or reject it if it waits for approval, then ask again.",
        ),
        (
            ActiveRun(run_id=7, kind=RunKind.BACKUP, stage=None, since=NOW, requested_by="cli"),
            ExitCode.HELD,
            "Run 7 (backup, asked by cli) is under way, not started yet since 2026-03-01 12:00 UTC."
            f" {SERVES} Wait for its result, or reject it if it waits for approval, then ask again.",
        ),
        (
            StaleEpoch(7, 2),
            ExitCode.DEPLOY_FAILED,
            "Run 7 is no longer carried by this worker (epoch 2 is stale)."
            " The worker that owns the run now decides about production."
            " Nothing to do here: follow the run's card.",
        ),
        (
            PlanVoided("The branch moved."),
            ExitCode.NOT_APPROVED,
            f"The branch moved. {SERVES} Ask again to get a plan of what is there now.",
        ),
        (
            NotApproved(RunState.REJECTED, "Master rejected the plan."),
            ExitCode.NOT_APPROVED,
            f"Master rejected the plan. {SERVES} Ask again when it is wanted.",
        ),
        (
            ComposeMissing(),
            ExitCode.DEPLOY_FAILED,
            "Docker Compose was not found: neither the plugin of docker nor docker-compose on PATH."
            f" {SERVES} Install Docker Compose version 2 or newer.",
        ),
        (
            EngineUnreachable("no such file"),
            ExitCode.DEPLOY_FAILED,
            "Docker does not answer: no such file."
            " What runs there goes on by itself; nothing was asked of it."
            " Check that the daemon runs and that the worker may use its socket (DOCKER_HOST).",
        ),
        (
            EngineRefused("no space left"),
            ExitCode.DEPLOY_FAILED,
            f"Docker refused: no space left. {SERVES} See what it names, then try again.",
        ),
        (
            JournalUnreachable(JOURNAL, "connection refused"),
            ExitCode.DEPLOY_FAILED,
            f"The journal agent@db:5432/pipeline cannot be reached: connection refused. {SERVES}"
            " Check that PostgreSQL runs and that DB_HOST, DB_PORT, DB_USER and DB_PASSWORD fit.",
        ),
    ],
)
def test_what_a_person_reads(error: PipelineError, code: ExitCode, text: str) -> None:
    assert str(error) == text
    assert error.exit_code is code
