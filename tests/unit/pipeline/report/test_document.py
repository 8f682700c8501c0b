"""report.json: real reports are what the schema says, and the schema is what the code says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.model.release import ReleaseId
from pipeline.model.run import Failure, StageRow
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from pipeline.report import files
from pipeline.report.document import Between, Report, adapter, report_of, schema
from tests.unit.docs.pages import ROOT
from tests.unit.pipeline.samples import CHECKS, NOW, RESULTS, SHA, release, stage, view

SCHEMA = ROOT / "docs" / "report.schema.json"
ROAD = [name for name in StageName if name is not StageName.REVERT]
GOAL = release(id=ReleaseId(5), sha=SHA)


def went_well() -> Report:
    stages = [stage(name, position) for position, name in enumerate(ROAD, 1)]
    ended = view(
        stages,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
        release_id=ReleaseId(5),
        finished_at=NOW + timedelta(seconds=90.25),
    )
    return report_of(ended, Between(before=release(), goal=GOAL))


def failed() -> Report:
    stages = [
        stage(StageName.PULL, 1),
        stage(StageName.TEST, 3, state=StageState.FAILED, result=None),
        stage(StageName.TAG, 5, state=StageState.SKIPPED, result=None, started_at=None, finished_at=None),
    ]
    failure = Failure(stage=StageName.TEST, what="No.", production="As before.", advice="Mend it.", log="x")
    ended = view(stages, state=RunState.FAILED, exit_code=ExitCode.TEST_FAILED, failure=failure)
    return report_of(ended, Between(before=release()))


def asked_for() -> Report:
    return report_of(view([], kind=RunKind.BACKUP, state=RunState.REQUESTED, sha=None), Between())


def test_the_schema_in_the_docs_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == schema(), "python -m pipeline.report.schema prints it anew"


@pytest.mark.parametrize("report", [went_well(), failed(), asked_for()])
def test_what_is_written_is_read_back_as_the_same(tmp_path: Path, report: Report) -> None:
    text, data = files.write(report, tmp_path / "run-7", str)
    written = data.read_text()
    raw = json.loads(written)
    assert list(raw) == ["version", "run", "project", "stages", "summary"]
    assert set(schema()["required"]) == set(raw)
    assert adapter().dump_python(adapter().validate_json(written), mode="json") == raw
    assert raw["version"] == 1
    assert text.read_text().startswith(f"Run 7: {report.run.kind} of agent: {report.run.state}")


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", 2), ("summary", None), ("stages", [{"name": "pull"}]), ("project", None), ("run", {})],
)
def test_what_is_no_report_is_refused(key: str, value: object) -> None:
    raw = adapter().dump_python(went_well(), mode="json") | {key: value}
    with pytest.raises(ValidationError):
        adapter().validate_python(raw)


def test_an_unknown_field_is_no_fault() -> None:
    raw = adapter().dump_python(went_well(), mode="json")
    assert adapter().validate_python(raw | {"later": 1}) == adapter().validate_python(raw)


def test_what_went_well_in_short() -> None:
    told = went_well().summary
    commit = told.commit
    assert (commit.sha, commit.branch, commit.subject) == (SHA, "main", "Answer <faster> & better")
    assert (told.tests, told.backup) == (RESULTS[StageName.TEST], RESULTS[StageName.BACKUP])
    assert (told.build, told.approval) == (RESULTS[StageName.BUILD], RESULTS[StageName.APPROVE])
    assert told.deployment is not None
    assert told.deployment.before is not None
    assert told.deployment.goal is not None
    assert (told.deployment.before.id, told.deployment.goal.id, told.deployment.serves) == (4, 5, "goal")
    assert told.smoke == CHECKS
    assert told.durations == dict.fromkeys(ROAD, 1.5)
    assert (told.seconds, told.downtime_seconds) == (90.25, 1.5)


def test_what_failed_in_short() -> None:
    report = failed()
    assert report.summary.tests is None
    assert report.summary.durations == {StageName.PULL: 1.5, StageName.TEST: 1.5}
    assert [row.seconds for row in report.stages] == [1.5, 1.5, None]
    assert report.summary.deployment is not None
    assert (report.summary.deployment.goal, report.summary.deployment.serves) == (None, "before")
    assert asked_for().summary.deployment is None


def _row(name: StageName, state: StageState) -> StageRow:
    return stage(name, 1, state=state, result=None)


@pytest.mark.parametrize(
    ("state", "stages", "serves"),
    [
        (RunState.SUCCEEDED, [_row(StageName.STOP, StageState.SUCCEEDED)], "goal"),
        (RunState.SUCCEEDED, [_row(StageName.BACKUP, StageState.SUCCEEDED)], "before"),
        (RunState.REVERTED, [_row(StageName.STOP, StageState.SUCCEEDED)], "before"),
        (RunState.BROKEN, [_row(StageName.STOP, StageState.SUCCEEDED)], None),
        (RunState.FAILED, [_row(StageName.TEST, StageState.FAILED)], "before"),
        (RunState.FAILED, [_row(StageName.STOP, StageState.FAILED)], None),
        (RunState.REJECTED, [], "before"),
        (RunState.RUNNING, [], None),
    ],
)
def test_what_a_run_left_in_production(state: RunState, stages: list[StageRow], serves: str | None) -> None:
    assert view(stages, state=state).serves == serves


def test_a_result_keeps_its_own_kind_through_the_file() -> None:
    written = adapter().validate_python(adapter().dump_python(went_well(), mode="json"))
    assert [type(row.result) for row in written.stages] == [type(RESULTS[name]) for name in ROAD]


def test_secrets_are_in_neither_file(tmp_path: Path) -> None:
    for path in files.write(failed(), tmp_path, lambda text: text.replace("Mend it.", "***")):
        assert "Mend it." not in path.read_text()
        assert "***" in path.read_text()
