"""The report of a run as one value: what report.json holds, and what docs/report.schema.json describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from pipeline.model.release import Release, ReleaseId
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    CheckLine,
    Pulled,
    Reverted,
    Smoked,
    Tested,
)
from pipeline.model.run import Run, RunView, StageRow
from pipeline.model.states import StageName

VERSION: Literal[1] = 1

Seconds = Annotated[float | None, Field(ge=0)]


@dataclass(frozen=True, kw_only=True)
class StageReport(StageRow):
    """`seconds` from its start to its end, null where it has not both."""

    seconds: Seconds


@dataclass(frozen=True, kw_only=True)
class ReleaseFact:
    id: ReleaseId
    sha: str | None
    branch: str | None
    images: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """`before` served when the run began, `goal` is what it was to put into production; `serves` says which
    of the two the run left there, null where that is not known."""

    before: ReleaseFact | None
    goal: ReleaseFact | None
    serves: Literal["before", "goal"] | None


@dataclass(frozen=True, kw_only=True)
class Commit:
    sha: str | None
    branch: str | None
    subject: str | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What most readers want, null or empty where the run had or left none of it.

    `smoke` are the checks of what serves: of the way back where there was one. `durations` are the seconds
    of each stage that ended, `seconds` those of the whole run, `downtime_seconds` those without service.
    """

    commit: Commit
    tests: Tested | None
    backup: BackedUp | None
    build: Built | None
    deployment: Deployment | None
    smoke: list[CheckLine]
    approval: Approved | None
    durations: dict[StageName, float]
    seconds: Seconds
    downtime_seconds: Seconds


@dataclass(frozen=True, kw_only=True)
class Report:
    version: Literal[1]
    run: Run
    project: str
    stages: list[StageReport]
    summary: Summary


@dataclass(frozen=True, kw_only=True)
class Between:
    """The releases that a run goes from and to, as far as there are such."""

    before: Release | None = None
    goal: Release | None = None


@cache
def adapter() -> TypeAdapter[Report]:
    """Made when first asked for: that takes longer than most commands do."""
    return TypeAdapter(Report)


def report_of(view: RunView, between: Between) -> Report:
    return Report(
        version=VERSION,
        run=view.run,
        project=view.project,
        stages=[_stage(row) for row in view.stages],
        summary=_summary(view, between),
    )


def schema() -> dict[str, Any]:
    """JSON Schema of report.json. Fields may be added within a version, so unknown ones are no fault."""
    made = adapter().json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"report.json, version {VERSION}",
        **{key: value for key, value in made.items() if key != "title"},
    }


def _stage(row: StageRow) -> StageReport:
    values: Mapping[str, Any] = {field.name: getattr(row, field.name) for field in fields(StageRow)}
    return StageReport(**values, seconds=_seconds(row))


def _seconds(row: StageRow) -> float | None:
    return None if row.took is None else round(row.took.total_seconds(), 3)


def _summary(view: RunView, between: Between) -> Summary:
    run = view.run
    results = {row.name: row.result for row in view.stages}
    pulled, smoked = results.get(StageName.PULL), results.get(StageName.SMOKE)
    reverted = results.get(StageName.REVERT)
    judged = next((found for found in (reverted, smoked) if isinstance(found, Reverted | Smoked)), None)
    tests, approval = results.get(StageName.TEST), results.get(StageName.APPROVE)
    backup, build = results.get(StageName.BACKUP), results.get(StageName.BUILD)
    began, downtime = run.started_at or run.requested_at, view.downtime
    return Summary(
        commit=Commit(
            sha=run.sha,
            branch=run.branch,
            subject=pulled.subject if isinstance(pulled, Pulled) else None,
        ),
        tests=tests if isinstance(tests, Tested) else None,
        backup=backup if isinstance(backup, BackedUp) else None,
        build=build if isinstance(build, Built) else None,
        deployment=_deployment(view, between),
        smoke=judged.checks if judged else [],
        approval=approval if isinstance(approval, Approved) else None,
        durations={row.name: took for row in view.stages if (took := _seconds(row)) is not None},
        seconds=round((run.finished_at - began).total_seconds(), 3) if run.finished_at else None,
        downtime_seconds=None if downtime is None else round(downtime.total_seconds(), 3),
    )


def _deployment(view: RunView, between: Between) -> Deployment | None:
    if between.before is None and between.goal is None:
        return None
    return Deployment(
        before=_fact(between.before),
        goal=_fact(between.goal),
        serves=view.serves if between.goal else "before",
    )


def _fact(release: Release | None) -> ReleaseFact | None:
    if release is None:
        return None
    return ReleaseFact(id=release.id, sha=release.sha, branch=release.branch, images=release.images)
