"""A followed run as whole texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.cli.screen import asked, changes, events, fitted, outcome, screen
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from tests.unit.bot.samples import after, ended, failure, stage, view

PENDING, RUNNING, DONE = StageState.PENDING, StageState.RUNNING, StageState.SUCCEEDED
BEGUN = view([stage(StageName.PULL, RUNNING, 1, said="fetching"), stage(StageName.TEST, PENDING)])
ON = view(
    [
        stage(StageName.PULL, DONE, 1, 4, said="exporting 9f8e7d6"),
        stage(StageName.TEST, RUNNING, 5, said="\x1b[31m35 % of the tests"),
        stage(StageName.BUILD, StageState.FAILED, 5, 7, said="The image could not be built."),
    ]
)


def test_the_screen() -> None:
    assert screen(ON, after(20)) == (
        "▶️ Running · Deploy · server-agent-vnext · run 12 · 20 s\n"
        "  ✅ pull           4 s  Answer faster & <better>\n"
        "  ▶️ test          15 s  35 % of the tests\n"
        "  ❌ build          7 s  The image could not be built."
    )
    assert screen(BEGUN, after(2)).splitlines()[2] == "  ▫️ test"


def test_what_a_stage_waits_for_before_it_begins() -> None:
    waits = view(
        [stage(StageName.APPROVE, DONE, 1, 4), stage(StageName.STOP, PENDING, said="waits for run 13")]
    )
    assert screen(waits, after(20)).splitlines()[2] == "  ▫️ stop                waits for run 13"
    assert changes(BEGUN, waits)[-1] == "stop     waits for run 13"
    assert waits.current is waits.stages[1]


def test_what_does_not_fit_a_terminal_is_cut() -> None:
    assert fitted("one\ntwo\nthree\nfour", 80, 4) == ["one", "three", "four"]
    assert fitted("one\ntwo", 80, 3) == ["one", "two"]
    assert fitted("▶️ Running", 6, 9) == ["▶️ Ru"]
    assert fitted("漢字漢字", 6, 9) == ["漢字"]


def test_one_line_for_each_change() -> None:
    assert asked(BEGUN) == "Deploy · server-agent-vnext · run 12, asked by Ada (42)"
    assert changes(None, BEGUN) == ["pull     fetching", "pull     started"]
    assert changes(BEGUN, BEGUN) == []
    assert changes(BEGUN, ON) == [
        "pull     exporting 9f8e7d6",
        "pull     done after 4 s: Answer faster & <better>",
        "test     35 % of the tests",
        "test     started",
        "build    The image could not be built.",
        "build    failed after 7 s: The image could not be built.",
    ]
    waiting = replace(ON, run=replace(ON.run, state=RunState.AWAITING))
    assert changes(ON, waiting) == ["run      waits for approval"]
    skipped = replace(ON, stages=[stage(StageName.TEST, StageState.SKIPPED)])
    assert changes(ON, skipped) == ["test     skipped"]


def test_events_for_machines() -> None:
    assert events(None, BEGUN) == [
        {"event": "run", "run": 12, "kind": "deploy", "state": "running"},
        {"event": "line", "run": 12, "stage": "pull", "line": "fetching"},
        {"event": "stage", "run": 12, "stage": "pull", "state": "running", "seconds": None},
    ]
    assert events(BEGUN, BEGUN) == []
    assert events(BEGUN, ON)[:2] == [
        {"event": "line", "run": 12, "stage": "pull", "line": "exporting 9f8e7d6"},
        {"event": "stage", "run": 12, "stage": "pull", "state": "succeeded", "seconds": 4.0},
    ]


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED])
def test_the_outcome(state: RunState) -> None:
    well = state is RunState.SUCCEEDED
    said = outcome(
        ended(
            state=state,
            exit_code=ExitCode.SUCCESS if well else ExitCode.TEST_FAILED,
            failure=None if well else failure(),
        )
    )
    assert said == (
        "\n✅ Deployed · server-agent-vnext · run 12\nTook 3 min 12 s · exit code 0"
        if well
        else "\n❌ Deploy failed, nothing changed · server-agent-vnext · run 12\n"
        "What happened at test: 2 of 143 tests failed.\n"
        "Production: Production was not touched: the live release keeps serving.\n"
        "Next: Mend them, push, then /deploy again.\n"
        "  FAILED tests/test_it.py::test_one - assert 1 < 0\n"
        "  \n"
        "  2 failed\n"
        "Took 3 min 12 s · exit code 1"
    )
