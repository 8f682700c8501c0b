"""The other projects below the status of one."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.cli.others import Other, told
from pipeline.cli.tables import Now
from pipeline.model.alert import Alert, AlertId, Problem, Severity
from pipeline.model.release import Observation, Project, ProjectId, ReleaseId, ServiceState
from pipeline.model.states import RunKind, RunState
from tests.unit.bot.samples import GOAL, after, release
from tests.unit.pipeline.samples import run

NOW = Now(after(3600))
PROJECT = Project(
    id=ProjectId(2),
    name="shop",
    repository="/srv/git/shop.git",
    branch="main",
    live_release_id=ReleaseId(4),
    previous_release_id=None,
)
WEB = ServiceState(
    service="web",
    container="shop-web-1",
    image="sha256:ab",
    running=True,
    health="healthy",
    restarts=0,
    started_at=after(0),
)
SEEN = Observation(
    at=after(3595),
    worker="host",
    services=[WEB],
    disk_free=0.5,
    memory_available=0.5,
    problem=None,
)
WELL = Other(
    name="shop",
    project=PROJECT,
    live=release(id=ReleaseId(4), sha=GOAL, live_since=after(1800)),
    seen=SEEN,
)


def _alert(severity: Severity, title: str) -> Alert:
    problem = Problem(fingerprint=title, severity=severity, title=title, what="", production="", advice="")
    return Alert(
        id=AlertId(1),
        project_id=ProjectId(2),
        watcher="production",
        problem=problem,
        times=1,
        began_at=after(0),
        last_at=after(0),
        over_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        snoozed_until=None,
        snoozed_by=None,
    )


def test_a_line_for_each() -> None:
    busy = run(id=12, kind=RunKind.DEPLOY, state=RunState.AWAITING)
    ill = replace(SEEN, services=[replace(WEB, running=False, health=None)])
    alerts = [_alert(Severity.WARNING, "The disk is full"), _alert(Severity.CRITICAL, "web is down")]
    found = [
        replace(WELL, active=busy),
        replace(WELL, name="mail", alerts=alerts, seen=ill),
        replace(WELL, name="wiki", seen=ill),
        replace(WELL, name="old", seen=replace(SEEN, at=after(0))),
        Other(name="new"),
    ]
    assert [re.sub("  +", "  ", line) for line in told(found, NOW).splitlines()] == [
        "OTHER PROJECT  LIVE  SINCE  UNDER WAY  HOW IT IS",
        "shop  9f8e7d6  30 min ago  run 12, deploy: waits for approval  well",
        "mail  9f8e7d6  30 min ago  -  web is down and 1 more",
        "wiki  9f8e7d6  30 min ago  -  not well: web",
        "old  9f8e7d6  30 min ago  -  the worker is silent; last seen 1 h ago",
        "new  nothing yet  -  -  the worker has not told anything yet",
    ]
