"""The disk, the dump, images, and commands that never end."""

from __future__ import annotations

from pipeline.chaos import Point
from pipeline.model.states import RunState
from tests.chaos.cell import TOUCHED, UNTOUCHED, UNWELL, Row
from tests.chaos.deeds import goods, processes

ROWS: tuple[Row, ...] = (
    Row(
        fault="disk full",
        why="each stage that writes below STATE_DIR, and the switch, which must not need it",
        deed=goods.disk_full,
        before=UNTOUCHED,
        after=TOUCHED,
        deploy="pull backup test build tag approve stop start report",
        rollback="tag stop",
        backup="backup",
    ),
    Row(
        fault="dump hangs",
        why="the time-out of the stage ends the whole process group",
        deed=goods.hung("pg_dump"),
        before=frozenset({RunState.FAILED}),
        deploy="backup",
        backup="backup",
        settings={"BACKUP_TIMEOUT": "6"},
    ),
    Row(
        fault="build hangs",
        why="the time-out of the stage ends the whole process group",
        deed=goods.hung("build"),
        before=frozenset({RunState.FAILED}),
        deploy="build",
        settings={"BUILD_TIMEOUT": "15"},
    ),
    Row(
        fault="tests hang",
        why="the time-out of the stage ends its container",
        deed=goods.hung_inside,
        before=frozenset({RunState.FAILED}),
        deploy="test",
        knobs={"SUITE_SECONDS": goods.FOREVER},
        settings={"TEST_TIMEOUT": "6"},
    ),
    Row(
        fault="migration hangs",
        why="the time-out of the stage ends its container, and the release from before comes back",
        deed=goods.hung_inside,
        after=frozenset({RunState.REVERTED}),
        deploy="migrate",
        knobs={"MIGRATION_SECONDS": goods.FOREVER},
        settings={"DEPLOYMENT_TIMEOUT": "12"},
    ),
    Row(
        fault="dump spoilt",
        why="wherever a dump is made; it must not count",
        deed=goods.dump_spoilt,
        before=frozenset({RunState.FAILED}),
        deploy="backup",
        backup="backup",
    ),
    Row(
        fault="dump spoilt acted",
        why="a worker that goes on must not trust a file that it finds",
        deed=goods.dump_spoilt_after,
        point=Point.ACTED,
        deploy="backup",
        backup="backup",
    ),
    Row(
        fault="previous image removed",
        why="a rollback that cannot be is refused before anything is touched",
        deed=goods.previous_removed,
        before=frozenset({RunState.FAILED}),
        rollback="tag",
    ),
    Row(
        fault="way back removed",
        why="the only case in which neither version may serve: it is told as CRITICAL",
        deed=goods.way_back_removed,
        point=Point.BEFORE,
        after=frozenset({RunState.BROKEN}),
        deploy="start",
        knobs=UNWELL,
    ),
    Row(
        fault="release unwell",
        why="the way back without any other fault",
        deed=processes.nothing,
        after=frozenset({RunState.REVERTED}),
        deploy="smoke",
        knobs=UNWELL,
    ),
)
