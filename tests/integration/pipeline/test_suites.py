"""Suites of tests in real containers, and what of them reaches the journal."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.model.results import Tested
from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunState, StageName
from tests.integration.pipeline.stack import Stack, installed

SUITES = """test:
    side_by_side: true
    suites:
      unit: {command: [python, suite.py]}
      smoke: {command: [python, suite.py], reports: /reports}"""
PASSWORD = "correct horse"
SETTINGS = {"coverage_not_below_live": True, "deployment_timeout": 200}


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    monkeypatch.setenv("SAMPLE_PASSWORD", PASSWORD)
    async with installed(tmp_path, monkeypatch, postgres, images, **SETTINGS) as stack:
        stack.start_worker()
        yield stack


def result_of(view: RunView) -> Tested:
    stage = view.stage(StageName.TEST)
    assert stage is not None
    assert isinstance(stage.result, Tested)
    return stage.result


async def log_of(stack: Stack, view: RunView) -> str | None:
    packed = await stack.store.logs.get(view.run.id)
    return gzip.decompress(packed).decode() if packed else None


async def test_suites_without_a_test_target(stack: Stack) -> None:
    stack.remote.edit("compose.yml", "test: {target: test}", SUITES)
    stack.remote.edit("Dockerfile", 'FROM base AS test\nCMD ["python", "suite.py"]\n', "")
    stack.remote.edit("suite.py", "sys.exit(", f'print("pass={PASSWORD.replace(" ", "+")}")\nsys.exit(')
    stack.remote.push("Two suites in the service's own image")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert result_of(view) == Tested(
        ran=True, tests=4, suites={"unit": 2, "smoke": 2}, coverage=90.0, threshold=70
    )
    reports = stack.settings.state_dir / "reports" / f"run-{view.run.id}"
    for name in ("unit", "smoke"):
        assert (reports / "tests" / name / "junit.xml").exists()
    log = (reports / "run.log").read_text()
    assert " test no target test in the Dockerfile: testing in the image of app" in log
    assert " test unit: 2 passed" in log
    assert " test smoke: pass=***" in log
    assert await log_of(stack, view) is None

    stack.remote.edit("suite.py", "COVERED = 90", "COVERED = 89")
    stack.remote.push("A little less covered")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.TEST_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.what == (
        "Coverage is 89.0 %, and the live release has 90.0 % (COVERAGE_NOT_BELOW_LIVE)."
    )

    stack.remote.edit("suite.py", "FAILS = False", "FAILS = True")
    stack.remote.push("A failing test")
    view = await stack.deploy()
    assert view.run.failure is not None
    assert view.run.failure.what == (
        "2 of 4 tests failed (smoke: exit code 1, unit: exit code 1):"
        " smoke: suite::test_answer, unit: suite::test_answer."
    )
    assert view.run.failure.log == "smoke: suite::test_answer\n  no\nunit: suite::test_answer\n  no"
    kept = await log_of(stack, view)
    assert kept == Path(stack.settings.state_dir, "reports", f"run-{view.run.id}", "run.log").read_text()
    assert "unit: test_answer failed: expected 42" in kept
    assert "correct" not in kept


async def test_a_target_that_is_not_there_is_named_with_those_that_are(stack: Stack) -> None:
    stack.remote.edit("compose.yml", "test: {target: test}", "test: {target: check}")
    stack.remote.push("A misspelt target")
    view = await stack.deploy()
    assert (view.run.state, view.run.exit_code) == (RunState.FAILED, ExitCode.TEST_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.what == ("The Dockerfile of app has no target check: its targets are base, test.")
