"""Lists and standing as whole texts, at a moment that is given and in a zone that is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from pipeline.cli import tables
from pipeline.cli.plan import rendered as rendered_plan
from pipeline.cli.smoke import rendered as rendered_checks
from pipeline.cli.tables import Now, Standing
from pipeline.model.audit import AuditLine, LineId
from pipeline.model.moment import show_in
from pipeline.model.pause import Pause, PauseId
from pipeline.model.plan import Side
from pipeline.model.release import (
    Backup,
    BackupId,
    Observation,
    Project,
    ProjectId,
    ReleaseId,
    RunId,
    ServiceState,
)
from pipeline.model.results import CheckLine, Rehearsed
from pipeline.model.states import RunState, StageName, StageState
from pipeline.stages.foresee import Foreseen
from pipeline.stages.rehearse import WOULD
from tests.unit.bot.samples import GOAL, START, after, past_run, plan, release, stage, view

NOW = Now(after(3600))
PROJECT = Project(
    id=ProjectId(1),
    name="agent",
    repository="https://example.org/app.git",
    branch="main",
    live_release_id=ReleaseId(4),
    previous_release_id=ReleaseId(3),
)
LIVE = release(id=ReleaseId(4), sha=GOAL, schema_revision="0003", live_since=after(1800))
BACKUP = Backup(
    id=BackupId(2),
    project_id=ProjectId(1),
    run_id=None,
    database="agent",
    path="/b/agent.dump",
    bytes=12_900_000,
    sha256="ab" * 32,
    created_at=START,
)


@pytest.fixture(autouse=True)
def in_another_zone() -> Iterator[None]:
    show_in(ZoneInfo("Asia/Kolkata"))
    yield
    show_in(UTC)


def test_history() -> None:
    under_way = past_run(state=RunState.RUNNING, exit_code=None, finished_at=None)
    assert tables.history([past_run(), under_way], NOW) == (
        "RUN  KIND    STATE      CODE  COMMIT   BRANCH  ASKED AT              TOOK        BY\n"
        "12   deploy  succeeded  0     9f8e7d6  main    2026-03-09 15:30 IST  1 min 29 s  Ada (42)\n"
        "12   deploy  running    -     9f8e7d6  main    2026-03-09 15:30 IST  -           Ada (42)"
    )
    assert tables.history([], NOW) == "No run yet."


def test_releases() -> None:
    assert tables.releases([LIVE, release()], PROJECT, NOW) == (
        "RELEASE            COMMIT   BRANCH  LIVE SINCE            AGE         SCHEMA  SERVICES\n"
        "4        live      9f8e7d6  main    2026-03-09 16:00 IST  30 min ago  0003    app\n"
        "3        previous  1a2b3c4  main    2026-03-09 15:30 IST  1 h ago     -       app"
    )
    assert tables.releases([], PROJECT, NOW) == "No release was live yet."


def test_backups() -> None:
    changes = {BACKUP.id: 1_258_291}
    assert tables.backups([BACKUP], changes, NOW) == (
        "BACKUP  MADE AT               AGE      SIZE     CHANGE   PROVEN        COMMIT  RUN  SHA-256     "
        "  OFF SITE  FILE\n"
        "2       2026-03-09 15:30 IST  1 h ago  12.3 MB  +1.2 MB  never proven  -       -    abababababab"
        "  -         /b/agent.dump"
    )
    proven = replace(BACKUP, proven_at=after(3000), release=GOAL)
    spoilt = replace(proven, quarantined_at=NOW.at, problem="it is cut and much longer than a column is")
    told = tables.backups([proven, spoilt], {}, NOW)
    assert [line[56:105].rstrip() for line in told.splitlines()] == [
        "PROVEN                                    COMMIT",
        "proven 10 min ago                         9f8e7d6",
        "in quarantine: it is cut and much longe…  9f8e7d6",
    ]
    copied, failed = replace(BACKUP, copied_at=START), replace(BACKUP, copy_problem="no\nroute")
    rows = tables.backups([copied, failed], {}, NOW).splitlines()[1:]
    told_of = [re.split(" {2,}", row)[-2] for row in rows]
    assert told_of == ["copied off site", "not copied off site: no route"]
    assert tables.backups([], {}, NOW) == "No backup yet."


def test_how_backups_have_grown() -> None:
    first, bad, other, last = (
        replace(BACKUP, id=BackupId(number), bytes=count, database=database, quarantined_at=since)
        for number, count, database, since in (
            (1, 100, "agent", None),
            (2, 7, "agent", NOW.at),
            (3, 500, "another", None),
            (4, 130, "agent", None),
        )
    )
    assert tables.grown([last, other, bad, first]) == {4: 30, 3: None, 2: -93, 1: None}
    assert tables.grown([]) == {}


def test_status() -> None:
    seen = Observation(
        at=after(3597),
        worker="host",
        services=[
            ServiceState(
                service="app",
                container="c",
                image="i",
                running=True,
                health="healthy",
                restarts=2,
                started_at=START,
            ),
            ServiceState(
                service="que\x1b[31mue",
                container=None,
                image=None,
                running=False,
                health=None,
                restarts=0,
                started_at=None,
            ),
        ],
        disk_free=0.42,
    )
    standing = Standing(
        project=PROJECT,
        live=LIVE,
        previous=release(),
        seen=seen,
        active=view([stage(StageName.TEST, StageState.RUNNING, 5)]),
        runs=[],
        backup=BACKUP,
        proven=replace(BACKUP, id=BackupId(1), proven_at=after(1800)),
    )
    assert tables.status(standing, NOW) == (
        "agent, watches main\n"
        "Live:      9f8e7d6 main, release 4, since 2026-03-09 16:00 IST (30 min ago)\n"
        "Previous:  1a2b3c4 main, release 3, since 2026-03-09 15:30 IST (1 h ago)\n"
        "Backup:    2026-03-09 15:30 IST (1 h ago), 12.3 MB. Last proven backup: number 1, 30 min ago\n"
        "\n"
        "Services, seen just now:\n"
        "  ✅ app: healthy, up since 2026-03-09 15:30 IST, 2 restarts\n"
        "  ❌ queue: not running\n"
        "  disk 42 % free\n"
        "\n"
        "▶️ Run 12, deploy at test: running, asked 1 h ago by Ada (42)"
    )


def test_status_of_an_installation_that_never_ran() -> None:
    empty = Standing(
        project=PROJECT,
        live=None,
        previous=None,
        seen=None,
        active=None,
        runs=[],
        backup=None,
        proven=None,
    )
    assert tables.status(empty, NOW) == (
        "agent, watches main\n"
        "Live:      nothing yet\n"
        "Backup:    none yet\n"
        "\n"
        "⚠️ The worker has not told anything yet.\n"
        "\n"
        "No run is under way."
    )


def test_status_tells_a_pause() -> None:
    pause = Pause(
        id=PauseId(1),
        project_id=ProjectId(1),
        began_at=START,
        began_by="ada@host",
        reason="moving\x1b[31m house",
        ended_at=None,
        ended_by=None,
    )
    standing = Standing(
        project=PROJECT,
        live=None,
        previous=None,
        seen=None,
        active=None,
        runs=[],
        backup=None,
        proven=None,
        paused=pause,
    )
    assert tables.status(standing, NOW).splitlines()[:2] == [
        "agent, watches main",
        "Paused:    since 2026-03-09 15:30 IST (1 h ago) by ada@host: moving house; vnext resume ends it",
    ]


def test_audit() -> None:
    tap = AuditLine(
        id=LineId(8),
        at=START,
        actor="Ada (42)",
        action="tap",
        run=RunId(12),
        chat=42,
        detail={"data": "plan:yes:n0nce", "said": "Approved."},
    )
    other = replace(tap, id=LineId(7), actor="worker", action="plan expired", chat=None, detail={})
    assert tables.audit([tap, other], NOW) == (
        "LINE  AT                    WHO       DID                         RUN  CHAT\n"
        "8     2026-03-09 15:30 IST  Ada (42)  tapped plan yes: Approved.  12   42\n"
        "7     2026-03-09 15:30 IST  worker    plan expired                12   -"
    )
    assert tables.audit([], NOW) == "No line in the audit log."


def test_checks() -> None:
    checks = [
        CheckLine(name="health", ok=True, figure="200 in 3 ms, ok", limit="200, ok", detail=""),
        CheckLine(name="logs", ok=False, figure="1 of 9 lines", limit="0", detail="ERROR it\x1b[0m rained"),
    ]
    assert rendered_checks(checks) == (
        "   CHECK   FOUND            ALLOWED\n"
        "✅  health  200 in 3 ms, ok  200, ok\n"
        "❌  logs    1 of 9 lines     0\n"
        "\n"
        "logs: ERROR it rained\n"
        "1 of 2 checks passed."
    )


def test_a_dry_run() -> None:
    goal = Side(sha=GOAL, branch="main", images={}, compose_hash=None)
    bare = plan(
        goal=goal,
        tests=None,
        backup=None,
        rehearsed=Rehearsed(ran=False, note=WOULD, revisions=["migrations/0004_titles.py"]),
        image_bytes=0,
        commits=[],
        commit_count=0,
    )
    changes = ["services.app.environment.MODE: added"]
    assert rendered_plan(Foreseen(plan=bare, compose_changes=changes, tests=True)) == (
        "A deploy of server-agent-vnext would do this now. Nothing was done.\n"
        "\n"
        "main 9f8e7d6 Answer faster & <better>\n"
        "Now live: 1a2b3c4 since 2026-03-07 15:30 IST\n"
        "⚠️ The live commit is not part of this branch's history.\n"
        "Migration: python -m agent.migrate --to 'head of it'\n"
        "New migrations: 0004_titles.py\n"
        "It would be rehearsed on a copy before the plan is put\n"
        "Expected downtime: about 6 s\n"
        "Services: app, queue\n"
        "\n"
        "No commits since live.\n"
        "\n"
        "Compose file: 1 change\n"
        "  services.app.environment.MODE: added\n"
        "Known only after their stages: whether the tests pass, and coverage, whether the image builds,"
        " and its size, the backup and its size."
    )
