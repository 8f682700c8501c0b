"""Status, help and what is said where a command is not carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards import help as helping
from bot.cards.status import Next, Standing, status_card
from bot.rights import Role
from pipeline.model.errors import ActiveRun
from pipeline.model.release import Observation, ServiceState, TokenBudget
from pipeline.model.running import Code
from pipeline.model.states import (
    RunKind,
    RunState,
    StageName,
    StageState,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_alert import DISK, DOWN
from tests.unit.bot.cards.test_drill import PROVEN
from tests.unit.bot.cards.test_releases_pause_settings import PAUSE
from tests.unit.bot.cards.test_restore import BACKUP
from tests.unit.bot.samples import START, after, past_run, stage, view

PROJECT = "server-agent-vnext"
ADA = "Ada (42)"

_SEEN = Observation(
    at=after(-20),
    worker="worker",
    services=[
        ServiceState(
            service=name,
            container=name,
            image="sha256:0",
            running=name != "queue",
            health="healthy" if name == "app" else None,
            restarts=3 if name == "queue" else 0,
            started_at=after(-9999),
        )
        for name in ("app", "queue", "postgres")
    ],
    disk_free=0.42,
    memory_available=0.31,
)
STANDING = Standing(
    project=PROJECT,
    branch="main",
    live=samples.release(live_since=START - timedelta(hours=5)),
    previous=samples.release(sha="ab" * 20, branch=None, live_since=START - timedelta(days=3)),
    seen=_SEEN,
    active=view([stage(StageName.TEST, StageState.RUNNING, 3)]),
    runs=[
        past_run(id=11, state=RunState.REVERTED, finished_at=after(-500)),
        past_run(id=10, kind=RunKind.BACKUP, sha=None, finished_at=after(-9_000)),
    ],
    backup=replace(BACKUP, created_at=after(-7200)),
    proven=PROVEN,
)
QUIET = replace(STANDING, seen=replace(_SEEN, at=after(-600), problem="Docker does not answer."), active=None)
_AWAITING = view([stage(StageName.APPROVE, StageState.RUNNING, 70)], state=RunState.AWAITING)
FULL = replace(
    STANDING,
    seen=replace(
        _SEEN,
        services=[replace(each, running=True, restarts=0) for each in _SEEN.services],
        tokens=TokenBudget(used=412_000, limit=1_000_000),
    ),
    paused=replace(PAUSE, reason="moving house"),
    active=_AWAITING,
    plan=samples.approval(),
    agenda=[
        Next(name="look for pushes", at=after(24)),
        Next(name="drill", at=START + timedelta(days=5, hours=17)),
    ],
)
_CODE = Code("0.1.0", samples.GOAL)
STANDINGS = {
    "status": of(status_card, STANDING, START),
    "paused, and a plan waits": of(status_card, FULL, START),
    "a question waits": of(
        status_card,
        replace(FULL, paused=None, plan=None, active=view(), question=samples.question()),
        START,
        pictured=False,
    ),
    "alerts": of(status_card, replace(STANDING, active=None, alerts=[DOWN, DISK]), START),
    "the worker is silent": of(status_card, QUIET, START),
    "bot and worker of one image": of(
        status_card, replace(STANDING, bot=_CODE, worker=_CODE), START, pictured=False
    ),
    "bot and worker of two images": of(
        status_card, replace(STANDING, bot=_CODE, worker=Code("0.1.0", None)), START, pictured=False
    ),
    "nothing yet": of(
        status_card,
        Standing(project=PROJECT, branch="main", live=None, previous=None, seen=None, active=None),
        START,
    ),
    "help": of(helping.help_card, PROJECT, "main"),
    "help for a viewer": of(helping.help_card, PROJECT, "main", Role.VIEWER),
    "not understood": of(helping.unknown, "/deplyo"),
    "wrong form": of(helping.usage, "deploy", "main twice", ours=(0,)),
    "refused": of(
        helping.refusal,
        ActiveRun(run_id=12, kind=RunKind.DEPLOY, stage="test", since=START, requested_by=ADA),
    ),
}
