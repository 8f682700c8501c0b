"""docs/DEPLOYMENT_PIPELINE.md against the stages, states, exit codes and reports of the code."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from pipeline.engine.road import road
from pipeline.model.checks import CHECKS
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    Checked,
    CheckLine,
    CommitLine,
    HandedOver,
    Migrated,
    Prepared,
    Proved,
    Pulled,
    Rehearsed,
    Reported,
    Reverted,
    Smoked,
    Started,
    Stopped,
    Swapped,
    Tagged,
    Tested,
    Tried,
    Waited,
    from_json,
)
from pipeline.model.states import (
    ACTIVE,
    EXIT_OF_STAGE,
    TOUCHING,
    ExitCode,
    RunKind,
    RunState,
    Source,
    StageName,
    StageState,
)
from pipeline.report.document import VERSION, Summary, adapter
from tests.unit.docs.pages import page, rows, words

PIPELINE = page("docs/DEPLOYMENT_PIPELINE.md")
RESULTS = {
    StageName.PULL: Pulled,
    StageName.BACKUP: BackedUp,
    StageName.TEST: Tested,
    StageName.BUILD: Built,
    StageName.TAG: Tagged,
    StageName.REHEARSE: Rehearsed,
    StageName.APPROVE: Approved,
    StageName.HAND_OVER: HandedOver,
    StageName.STOP: Stopped,
    StageName.MIGRATE: Migrated,
    StageName.START: Started,
    StageName.WAIT: Waited,
    StageName.SMOKE: Smoked,
    StageName.REPORT: Reported,
    StageName.REVERT: Reverted,
    StageName.CHECK: Checked,
    StageName.PREPARE: Prepared,
    StageName.SWAP: Swapped,
    StageName.PROVE: Proved,
    StageName.TRIAL: Tried,
}


_ASIDE = re.compile(r"\([^)]*\)")


def fields_of(kind: type) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def stages_of(kind: RunKind) -> list[StageName]:
    return [name for group in road(kind, side_by_side=False) for name in group]


def test_the_stages_are_told_in_their_order_with_what_they_touch_and_their_exit_codes() -> None:
    told = [
        (int(number), words(name)[0], touches == "**yes**", int(code))
        for number, name, touches, _, code in (cells for cells in rows(PIPELINE.section("The stages"))[:13])
    ]
    assert told == [
        (number, name, name in TOUCHING, EXIT_OF_STAGE.get(name, ExitCode.DEPLOY_FAILED))
        for number, name in enumerate(stages_of(RunKind.DEPLOY), 1)
    ]


def test_each_stage_has_a_chapter() -> None:
    headings = [line for line in PIPELINE.section("The stages").splitlines() if line.startswith("### ")]
    assert headings == [f"### {n}. {name}" for n, name in enumerate(stages_of(RunKind.DEPLOY), 1)]


@pytest.mark.parametrize(
    "kind",
    [
        RunKind.ROLLBACK,
        RunKind.REWIND,
        RunKind.BACKUP,
        RunKind.RESTORE,
        RunKind.DRILL,
        RunKind.ROLLBACK_DRILL,
        RunKind.TEST,
        RunKind.BUILD,
    ],
)
def test_the_other_roads_are_told(kind: RunKind) -> None:
    said = ", ".join(f"`{name}`" for name in stages_of(kind))
    assert f"A {kind} goes {said}" in PIPELINE.text or f"a {kind} goes {said}" in PIPELINE.text


def test_every_exit_code_is_told() -> None:
    assert [int(cells[0]) for cells in rows(PIPELINE.section("Exit codes"))] == [
        int(code) for code in ExitCode
    ]


def test_every_way_to_end_is_told() -> None:
    text = PIPELINE.section("How a run ends")
    ends = [word for cells in rows(text) for word in words(cells[0])]
    assert sorted(ends) == sorted(state for state in RunState if state.final)
    assert all(f"`{state}`" in text for state in ACTIVE)


def test_every_smoke_check_is_told() -> None:
    assert tuple(words(cells[0])[0] for cells in rows(PIPELINE.section("12. smoke"))) == CHECKS


def test_the_fields_of_each_result_are_told() -> None:
    table = rows(PIPELINE.section("report.json, version 1"))
    told = {StageName(words(name)[0]): words(_ASIDE.sub("", fields)) for name, fields in table}
    assert told == {stage: fields_of(kind) for stage, kind in RESULTS.items()}


@pytest.mark.parametrize("kind", [CommitLine, CheckLine])
def test_the_fields_of_listed_things_are_told(kind: type) -> None:
    text = PIPELINE.section("report.json, version 1")
    assert f"(list of {', '.join(f'`{name}`' for name in fields_of(kind))})" in text


def test_the_example_report_is_one() -> None:
    [text] = PIPELINE.blocks("json")
    report = json.loads(text)
    assert report["version"] == VERSION
    for stage in report["stages"]:
        result = from_json(StageName(stage["name"]), json.dumps(stage["result"]))
        assert stage["result"].keys() == dataclasses.asdict(result).keys()
    whole = adapter().validate_python(report)
    assert adapter().dump_python(whole, mode="json") == report
    assert whole.run.exit_code == EXIT_OF_STAGE[StageName.TEST]


def test_the_fields_of_the_summary_are_told() -> None:
    text = PIPELINE.section("report.json, version 1")
    assert [name for name in fields_of(Summary) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("kind", [RunKind, Source, StageState])
def test_the_values_of_the_report_are_told(kind: type[RunKind | Source | StageState]) -> None:
    text = PIPELINE.section("report.json, version 1")
    assert [value for value in kind if f"`{value}`" not in text] == []
