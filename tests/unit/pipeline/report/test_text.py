"""The report of a run as plain text, whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.engine.road import road
from pipeline.model.release import BackupId, ReleaseId
from pipeline.model.results import (
    BackedUp,
    Built,
    CheckLine,
    Migrated,
    Proved,
    Rehearsed,
    Result,
    Smoked,
    Tested,
)
from pipeline.model.run import Failure, RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from pipeline.report.document import Between, report_of
from pipeline.report.text import render as render_report
from tests.unit.pipeline.samples import NOW, RESULTS, SHA, release, stage, view


def render(told: RunView, between: Between | None = None) -> str:
    return render_report(report_of(told, between or Between()))


ROAD = [name for group in road(RunKind.DEPLOY, side_by_side=False) for name in group]
RESTORED = [StageName.CHECK, StageName.PREPARE, StageName.SWAP]

SUCCEEDED = f"""\
Run 7: deploy of agent: succeeded (exit code 0)
Asked by Master at 2026-03-01 12:00:00 UTC from telegram
Commit 4f2a9c1e4f2a9c1e4f2a9c1e4f2a9c1e4f2a9c1e on main
Subject Answer <faster> & better
Commits since live 1
Backup /state/backups/agent.dump (1234 bytes, sha256 {"c3" * 32})
Tests 12 passed, coverage 83.5 % (threshold 70 %)
Image 2026.03.01-4f2a9c1 (129000000 bytes)
Rehearsed on a copy in 2.1 s: 0007 -> 0008
  app/migrations/0008_mood.sql
Approved by Master at 2026-03-01 12:02:00 UTC
Schema 0007 -> 0008
Release from 4 (0b1c2d3) to 5 (4f2a9c1), now serves 5 (4f2a9c1)

Smoke
  health               ok     200 in 3 ms, ok (limit 200, ok)
  stats                failed no answer (limit 200)

Stages
  pull     succeeded  1.5 s
  backup   succeeded  1.5 s
  test     succeeded  1.5 s
  build    succeeded  1.5 s
  tag      succeeded  1.5 s
  rehearse succeeded  1.5 s
  approve  succeeded  1.5 s
  stop     succeeded  1.5 s
  migrate  succeeded  1.5 s
  start    succeeded  1.5 s
  wait     succeeded  1.5 s
  smoke    succeeded  1.5 s
  report   succeeded  1.5 s
  all                 90.0 s
Without service 1.5 s
"""


def test_a_run_that_went_well() -> None:
    stages = [stage(name, position) for position, name in enumerate(ROAD, 1)]
    ended = view(
        stages,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
        finished_at=NOW + timedelta(seconds=90),
    )
    between = Between(before=release(), goal=release(id=ReleaseId(5), sha=SHA))
    assert render(ended, between) == SUCCEEDED


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Rehearsed(ran=False), []),
        (Rehearsed(ran=False, note="no new ones"), ["Rehearsal none: no new ones"]),
        (Rehearsed(ran=False, note="no room", hindered=True), ["Rehearsal could not be: no room"]),
    ],
)
def test_a_rehearsal_that_did_not_run(found: Rehearsed, said: list[str]) -> None:
    rehearsal = replace(stage(StageName.REHEARSE, 6), result=found)
    assert render(view([rehearsal])).splitlines()[3:-3] == said


def test_what_a_restore_did() -> None:
    stages = [stage(name, position) for position, name in enumerate(RESTORED, 1)]
    text = render(view(stages, kind=RunKind.RESTORE, state=RunState.SUCCEEDED, exit_code=ExitCode.SUCCESS))
    assert text.splitlines()[3:6] == [
        "Restores backup 3 of 2026-03-01 10:00:00 UTC",
        "Compared with its manifest: 4 tables, 20107 rows",
        "Database agent replaced, kept as agent_before_7",
    ]


REVERTED = """\
Run 7: deploy of agent: reverted (exit code 4)
Asked by Master at 2026-03-01 12:00:00 UTC from telegram
Commit not known

Smoke
  health               ok     200 in 3 ms, ok (limit 200, ok)
  stats                failed no answer (limit 200)

Stages
  smoke    failed     1.5 s
  report   skipped
  revert   succeeded  61.0 s

What happened at smoke: Smoke test failed after 5 rounds: stats.
Production: The release from before serves.
What to do: Mend it, push, and deploy again.

Last lines
  stats: The stats endpoint is silent.
  and one more line
"""


def test_a_run_that_went_back() -> None:
    failure = Failure(
        stage=StageName.SMOKE,
        what="Smoke test failed after 5 rounds: stats.",
        production="The release from before serves.",
        advice="Mend it, push, and deploy again.",
        log="stats: The stats endpoint is silent.\nand one more line",
    )
    stages = [
        stage(StageName.SMOKE, 11, state=StageState.FAILED, result=None),
        stage(
            StageName.REPORT,
            12,
            state=StageState.SKIPPED,
            result=None,
            started_at=None,
            finished_at=None,
        ),
        stage(StageName.REVERT, 13, finished_at=NOW + timedelta(seconds=61)),
    ]
    ended = view(
        stages,
        state=RunState.REVERTED,
        exit_code=ExitCode.SMOKE_FAILED,
        failure=failure,
        sha=None,
        branch=None,
    )
    assert render(ended) == REVERTED


def test_a_run_that_has_only_been_asked_for() -> None:
    assert render(view([], kind=RunKind.BACKUP, state=RunState.REQUESTED, sha=None, branch=None)) == (
        """\
Run 7: backup of agent: requested
Asked by Master at 2026-03-01 12:00:00 UTC from telegram
Commit not known

Stages
"""
    )


def test_a_failure_of_no_stage_without_a_log() -> None:
    failure = Failure(stage=None, what="It rained.", production="Dry.", advice="Wait.")
    text = render(view([], state=RunState.FAILED, exit_code=ExitCode.DEPLOY_FAILED, failure=failure))
    assert text.endswith("\nStages\n\nWhat happened: It rained.\nProduction: Dry.\nWhat to do: Wait.\n")


@pytest.mark.parametrize(
    ("name", "result", "line"),
    [
        (StageName.TEST, Tested(ran=False, tests=0, threshold=70.0), "Tests none declared"),
        (
            StageName.TEST,
            Tested(ran=True, tests=3, coverage=None, threshold=0.0),
            "Tests 3 passed, coverage not measured",
        ),
        (
            StageName.TEST,
            Tested(
                ran=True,
                tests=9,
                skipped=2,
                suites={"unit": 6, "smoke": 3},
                coverage=80.0,
                threshold=70.0,
                live_coverage=79.5,
                coverage_html="/state/reports/run-7/tests/unit/html/index.html",
                note="Something could not be compared.",
            ),
            "Tests 7 passed, 2 skipped, coverage 80 % (threshold 70 %, live 79.5 %)\n"
            "Suites unit 6, smoke 3\n"
            "Coverage pages /state/reports/run-7/tests/unit/html/index.html\n"
            "Something could not be compared.",
        ),
        (StageName.MIGRATE, Migrated(ran=True, before=None, after="1"), "Schema none -> 1"),
        (StageName.MIGRATE, Migrated(ran=True, before="1", after=None), "Schema 1 -> unknown"),
        (StageName.MIGRATE, Migrated(ran=False), None),
        (
            StageName.BACKUP,
            BackedUp(backup_id=None, path="/b.dump", bytes=0, sha256="c3"),
            "Backup /b.dump (0 bytes, sha256 c3)",
        ),
        (
            StageName.BACKUP,
            BackedUp(backup_id=None, path="/b.dump.zst", bytes=100, sha256="c3", previous_bytes=130),
            "Backup /b.dump.zst (100 bytes, -30 since the one before, sha256 c3)",
        ),
        (
            StageName.BACKUP,
            BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note="no database"),
            "Backup none: no database",
        ),
        (
            StageName.PROVE,
            Proved(backup_id=BackupId(12), tables=2, rows=7, indexes=3, seconds=4.0),
            "Backup 12 is proven: 2 tables, 7 rows came back as in its manifest",
        ),
        (
            StageName.PROVE,
            Proved(backup_id=BackupId(12), tables=2, rows=7, indexes=None, seconds=4.0, note="No amcheck."),
            "Backup 12 is proven: 2 tables, 7 rows came back as in its manifest\nNo amcheck.",
        ),
        (
            StageName.TRIAL,
            RESULTS[StageName.TRIAL],
            "The way back to release 3 (0b1c2d3) works: started in 12.4 s on backup 3 of"
            " 2026-03-01 10:00:00 UTC, schema 0007\n  Ports that were published: app 8000.",
        ),
        (StageName.BUILD, Built(images={}, bytes=5, live_bytes=None, version="v"), "Image v (5 bytes)"),
    ],
)
def test_what_a_stage_adds(name: StageName, result: Result, line: str | None) -> None:
    lines = render(view([stage(name, 1, result=result)])).splitlines()
    assert lines[3 : lines.index("")] == (line.split("\n") if line else [])


def test_a_check_that_is_not_offered_is_no_verdict() -> None:
    checks = [
        CheckLine(name="health", ok=True, figure="200", limit="200", detail=""),
        CheckLine(name="stats", ok=True, figure="not offered", limit="", detail="", judged=False),
    ]
    lines = render(view([stage(StageName.SMOKE, 1, result=Smoked(checks=checks, attempts=1))])).splitlines()
    assert lines[lines.index("Smoke") :][1:3] == [
        "  health               ok     200 (limit 200)",
        "  stats                -      not offered",
    ]
