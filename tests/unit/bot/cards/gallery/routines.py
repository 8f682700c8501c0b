"""Schedules and digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.digest import Told, digest_card
from bot.cards.schedules import schedules_card
from bot.cards.status import Next
from pipeline.model.alert import Alert, AlertId, Problem, Severity
from pipeline.model.happened import BadEnd, Happened, Tally
from pipeline.model.release import Observation, ProjectId, RunId, ServiceState
from pipeline.model.schedule import (
    Became,
    Digest,
    DigestId,
    LastRun,
    Moment,
    Schedule,
    Scheduled,
    ScheduleName,
    SchedulePause,
    SchedulePauseId,
    Timetable,
)
from pipeline.model.states import RunKind, RunState
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_drill import PROVEN
from tests.unit.bot.cards.test_releases_pause_settings import PAUSE
from tests.unit.bot.cards.test_restore import BACKUP
from tests.unit.bot.samples import GOAL, LIVE, START, after, approval, question, release

PROJECT = "server-agent-vnext"
_DAY = timedelta(days=1)


def schedule(name: ScheduleName, expression: str) -> Schedule:
    return Schedule(name=name, expression=expression, zone="UTC", since=START - 90 * _DAY)


def rest(name: ScheduleName) -> SchedulePause:
    return SchedulePause(
        id=SchedulePauseId(3),
        project_id=ProjectId(1),
        schedule=name,
        began_at=after(-7200),
        began_by="Lin (43)",
        ended_at=None,
        ended_by=None,
    )


BACKUPS = Scheduled(
    schedule=schedule(ScheduleName.BACKUP, "30 2 * * *"),
    next_at=START + timedelta(hours=16, minutes=30),
    last=LastRun(id=RunId(41), state=RunState.SUCCEEDED, at=after(-27_000)),
)
DRILLS = Scheduled(
    schedule=schedule(ScheduleName.DRILL, "30 3 * * sun"),
    next_at=START + timedelta(days=5, hours=17, minutes=30),
    paused=rest(ScheduleName.DRILL),
    last=LastRun(id=RunId(33), state=RunState.FAILED, at=START - 8 * _DAY),
    moment=Moment(
        schedule=ScheduleName.DRILL, at=START - _DAY, became=Became.RESTED, run_id=None, problem=None
    ),
)
ROLLBACK_DRILLS = Scheduled(
    schedule=schedule(ScheduleName.ROLLBACK_DRILL, "0 4 1 */2 *"),
    next_at=START + timedelta(days=22),
    moment=Moment(
        schedule=ScheduleName.ROLLBACK_DRILL,
        at=START - 8 * _DAY,
        became=Became.LEFT_OUT,
        run_id=None,
        problem="There is no release before the live one that could be tried.",
    ),
)
DIGEST = Digest(id=DigestId(2), project_id=ProjectId(1), moment=after(-7200), since=after(-7200) - 7 * _DAY)
DIGESTS = Scheduled(
    schedule=schedule(ScheduleName.DIGEST, "0 8 * * mon"), next_at=after(-7200) + 7 * _DAY, told=DIGEST
)
_OFF = replace(BACKUPS, schedule=schedule(ScheduleName.BACKUP, "off"), next_at=None, last=None)
_ALL = Timetable(each=[BACKUPS, DRILLS, ROLLBACK_DRILLS, DIGESTS])

_SEEN = Observation(at=after(-10), worker="worker", disk_free=0.42, memory_available=0.31)
_COMES = [
    Next(name="backup", at=START + timedelta(hours=16, minutes=30)),
    Next(name="restore drill", at=START + timedelta(days=5, hours=17, minutes=30)),
    Next(name="digest", at=after(-7200) + 7 * _DAY),
]
QUIET = Told(
    project=PROJECT,
    digest=DIGEST,
    happened=Happened(),
    live=release(live_since=START - 9 * _DAY),
    seen=_SEEN,
    backup=BACKUP,
    proven=PROVEN,
    agenda=_COMES,
)
WELL = replace(
    QUIET,
    happened=Happened(
        runs=[
            Tally(kind=RunKind.BACKUP, state=RunState.SUCCEEDED, count=7),
            Tally(kind=RunKind.DEPLOY, state=RunState.REJECTED, count=1),
            Tally(kind=RunKind.DEPLOY, state=RunState.SUCCEEDED, count=2),
            Tally(kind=RunKind.DRILL, state=RunState.SUCCEEDED, count=1),
        ],
        deployed=[GOAL, LIVE],
        backups=9,
        bytes_before=BACKUP.bytes - 1_200_000,
    ),
)
_PROBLEM = Problem(
    fingerprint="down/queue",
    severity=Severity.CRITICAL,
    title="queue is down",
    what="It ended with code 1.",
    production="app serves.",
    advice="/logs queue",
)
ALERT = Alert(
    id=AlertId(4),
    project_id=ProjectId(1),
    watcher="down",
    problem=_PROBLEM,
    began_at=after(-9000),
    last_at=after(-9000),
    times=1,
    over_at=None,
    acknowledged_at=None,
    acknowledged_by=None,
    snoozed_until=None,
    snoozed_by=None,
)
_BAD = BadEnd(
    id=RunId(39),
    kind=RunKind.DEPLOY,
    state=RunState.REVERTED,
    sha=GOAL,
    stage="smoke",
    finished_at=after(-90_000),
)
ILL = replace(
    WELL,
    happened=replace(
        WELL.happened,
        runs=[
            *WELL.happened.runs,
            Tally(kind=RunKind.DEPLOY, state=RunState.REVERTED, count=1),
            Tally(kind=RunKind.ROLLBACK, state=RunState.SUCCEEDED, count=1),
            Tally(kind=RunKind.TEST, state=RunState.FAILED, count=6),
        ],
        bad=[
            _BAD,
            *(
                replace(_BAD, id=RunId(n), kind=RunKind.TEST, state=RunState.FAILED, stage="test", sha=None)
                for n in range(38, 34, -1)
            ),
        ],
        alerts=3,
        critical=1,
        longest=timedelta(hours=2, minutes=10),
        longest_title="queue is down",
    ),
    seen=replace(
        _SEEN,
        services=[
            ServiceState(
                service="queue",
                container="q",
                image=None,
                running=False,
                health=None,
                restarts=3,
                started_at=None,
            )
        ],
    ),
    alerts=[ALERT],
    plan=approval(),
    question=question(),
    quarantined=1,
    paused=PAUSE,
    resting=[rest(ScheduleName.DRILL)],
)

ROUTINES = {
    "schedules": of(schedules_card, _ALL, PROJECT, START),
    "schedules in a pause": of(
        schedules_card, Timetable(each=[BACKUPS, _OFF], paused=PAUSE), PROJECT, START, pictured=False
    ),
    "no schedule yet": of(schedules_card, Timetable(each=[]), PROJECT, START, pictured=False),
    "a digest of a week": of(digest_card, WELL, START),
    "a digest with what is open": of(digest_card, ILL, START),
    "a digest of nothing": of(digest_card, QUIET, START),
    "a digest before there was anything": of(
        digest_card,
        replace(QUIET, live=None, seen=None, backup=None, proven=None, agenda=[]),
        START,
        pictured=False,
    ),
}
