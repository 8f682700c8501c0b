"""A deploy as its worker writes it to the journal: what each stage tells, when, and for how long.

A minute stands for some ten: pauses are shorter, the lines of a second come as they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.model.states import StageName

TESTS, STEPS, TABLES = 96, 12, 31
_MEGA_A_SECOND = 23

ROAD = [
    StageName.PULL,
    StageName.BACKUP,
    StageName.TEST,
    StageName.BUILD,
    StageName.TAG,
    StageName.REHEARSE,
    StageName.APPROVE,
    StageName.STOP,
    StageName.MIGRATE,
    StageName.START,
    StageName.WAIT,
    StageName.SMOKE,
    StageName.REPORT,
]


@dataclass(frozen=True, kw_only=True)
class Step:
    """At `at` seconds `what` happens to a stage; `line` is what it tells."""

    at: float
    stage: StageName
    what: Literal["begin", "tell", "end"]
    line: str = ""


def deploy() -> list[Step]:
    """In the order of time."""
    steps = [
        *_stage(StageName.PULL, 0.3, 1.4, {0.1: "fetching", 0.7: "exporting 2222222"}),
        *_stage(StageName.BACKUP, 1.8, 14.2, _dump()),
        *_stage(StageName.TEST, 1.9, 22.0, _tests()),
        *_stage(StageName.BUILD, 2.0, 20.5, _build()),
        *_stage(StageName.TAG, 22.2, 22.6, {}),
        *_stage(StageName.REHEARSE, 22.7, 32.0, _rehearsal()),
        *_stage(StageName.APPROVE, 32.2, 35.0, {}),
        *_stage(StageName.STOP, 35.1, 36.0, {0.1: "stopping app, jobs"}),
        *_stage(StageName.MIGRATE, 36.1, 38.9, {0.3: "0041 to 0042, notes", 1.8: "0042 to 0043, authors"}),
        *_stage(StageName.START, 39.0, 40.6, {0.1: "starting 2222222"}),
        *_stage(StageName.WAIT, 40.7, 45.5, {0.2: "waiting for app, jobs", 2.5: "waiting for jobs"}),
        *_stage(StageName.SMOKE, 45.6, 48.4, {0.2: "round 1 of 3", 1.7: "round 2 of 3"}),
        *_stage(StageName.REPORT, 48.5, 48.9, {}),
    ]
    return sorted(steps, key=lambda step: step.at)


def _stage(stage: StageName, begins: float, ends: float, told: dict[float, str]) -> list[Step]:
    """`told` by seconds since its beginning."""
    lines = [Step(at=begins + at, stage=stage, what="tell", line=line) for at, line in told.items()]
    return [Step(at=begins, stage=stage, what="begin"), *lines, Step(at=ends, stage=stage, what="end")]


def _dump() -> dict[float, str]:
    seconds = range(1, 12)
    return {
        float(
            second
        ): f"{second * _MEGA_A_SECOND}.0 MB, table {second * 2} of {TABLES} · public.t{second * 2}"
        for second in seconds
    }


def _tests() -> dict[float, str]:
    return {
        0.5 + number * 0.2: f"{number} of {TESTS} tests · test_api.py::test_{number} PASSED"
        for number in range(1, TESTS + 1)
    }


def _build() -> dict[float, str]:
    return {0.2 + number * 1.5: f"step {number} of {STEPS} · RUN part {number}" for number in range(1, STEPS)}


def _rehearsal() -> dict[float, str]:
    tables = {
        0.8 + number * 0.2: f"restoring table {number} of {TABLES} · public.t{number}"
        for number in range(1, TABLES + 1)
    }
    return {**tables, 7.5: "migrating the copy", 8.2: "0042 to 0043 on the copy"}
