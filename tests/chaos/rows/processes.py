"""Deaths and pauses of bot and worker, and a worker too many."""

from __future__ import annotations

from pipeline.chaos import Point
from tests.chaos.cell import Row
from tests.chaos.deeds import processes

_ALL = "pull backup test build tag rehearse approve stop migrate start wait smoke report"
_ALL_BACK = "tag approve stop start wait smoke report"
_ALL_RESTORE = "check backup prepare approve stop swap start wait smoke report"

ROWS: tuple[Row, ...] = (
    Row(
        fault="worker killed before",
        why="each stage has an intent to be written, and what came before it must be found again",
        deed=processes.kill_worker,
        point=Point.BEFORE,
        deploy="pull backup build tag approve stop migrate start wait smoke report",
        rollback="tag stop start report",
        backup="backup report",
        restore="prepare swap start",
    ),
    Row(
        fault="worker killed acted",
        why="each stage's deed must be found done, or be done again without harm",
        deed=processes.kill_worker,
        point=Point.ACTED,
        deploy=_ALL,
        rollback=_ALL_BACK,
        backup="backup report",
        drill="check prove report",
        restore=_ALL_RESTORE,
    ),
    Row(
        fault="worker killed recorded",
        why="where it is not the next stage's `before`: side by side, after an answer, at the end",
        deed=processes.kill_worker,
        point=Point.RECORDED,
        deploy="backup test build approve migrate report",
        rollback="approve report",
        backup="report",
        drill="prove",
        restore="swap report",
    ),
    Row(
        fault="bot killed asked",
        why="a command that was just said is in Telegram, in the inbox, or handled",
        deed=processes.kill_bot_when_asked,
        deploy="pull",
        rollback="tag",
        backup="backup",
    ),
    Row(
        fault="bot killed",
        why="while cards are edited, while the plan is put, after it was answered, while the end is told",
        deed=processes.kill_bot,
        deploy="test approve stop start report",
        rollback="approve report",
        backup="report",
    ),
    Row(
        fault="bot killed recorded",
        why="right after the answer was heard, and right before the end is written",
        deed=processes.kill_bot,
        point=Point.RECORDED,
        deploy="approve report",
    ),
    Row(
        fault="both killed",
        why="as when the server loses power for them: one stage of each sort",
        deed=processes.kill_both,
        deploy="backup approve migrate start report",
        rollback="start",
        backup="backup",
    ),
    Row(
        fault="orphan fetch",
        why="the child of a worker that is gone still writes to the mirror",
        deed=processes.orphan("fetch"),
        deploy="pull",
    ),
    Row(
        fault="orphan dump",
        why="the child of a worker that is gone still writes the dump",
        deed=processes.orphan("pg_dump"),
        deploy="backup",
        backup="backup",
    ),
    Row(
        fault="orphan build",
        why="the child of a worker that is gone still builds",
        deed=processes.orphan("build"),
        deploy="build",
    ),
    Row(
        fault="orphan migration",
        why="the child of a worker that is gone is about to make the migration's container",
        deed=processes.orphan("--no-TTY"),
        deploy="migrate",
    ),
    Row(
        fault="orphan up",
        why="the child of a worker that is gone is about to switch production",
        deed=processes.orphan("up"),
        deploy="start",
        rollback="start",
    ),
    Row(
        fault="second worker",
        why="beside one that works for long, one that waits for Master, one that has touched production",
        deed=processes.second_worker,
        deploy="test approve migrate",
        rollback="start",
    ),
    Row(
        fault="second takes over",
        why="before production was touched, and after",
        deed=processes.take_over,
        deploy="build start",
    ),
    Row(
        fault="worker paused 30 s",
        why="a holder that only sleeps lets nobody in: before production was touched, and after",
        deed=processes.pause_worker,
        deploy="build migrate",
        rollback="start",
    ),
    Row(
        fault="worker SIGTERM",
        why="each stage that takes time or talks to a child must end or be parked",
        deed=processes.term_worker,
        deploy="pull backup test build approve stop migrate start wait report",
        rollback="start",
        backup="backup",
    ),
    Row(
        fault="bot SIGTERM",
        why="while cards are edited, while the plan is put, while the end is told",
        deed=processes.term_bot,
        deploy="build approve report",
    ),
)
