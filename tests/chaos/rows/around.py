"""PostgreSQL, the Docker daemon and Telegram away."""

from __future__ import annotations

from pipeline.chaos import Point
from tests.chaos.cell import TOUCHED, UNTOUCHED, Row
from tests.chaos.deeds import around

ROWS: tuple[Row, ...] = (
    Row(
        fault="postgres restarts",
        why="under every stage that writes, and under those that speak to the database themselves",
        deed=around.postgres_restarts,
        before=UNTOUCHED,
        deploy="pull backup test tag approve stop migrate start report",
        rollback="start",
        backup="backup",
    ),
    Row(
        fault="postgres away 8 s",
        why="no intent can be written: before the switch, in it, and at the end",
        deed=around.postgres_away,
        point=Point.BEFORE,
        before=UNTOUCHED,
        deploy="test tag approve stop migrate start report",
        rollback="start",
        backup="report",
    ),
    Row(
        fault="docker restarts",
        why="under every stage that speaks to the daemon; the journal's own database goes with it",
        deed=around.docker_restarts,
        before=UNTOUCHED,
        after=TOUCHED,
        deploy="backup test build approve stop migrate start wait",
        rollback="start",
        backup="backup",
        alone=True,
    ),
    *(
        Row(
            fault=f"telegram {kind}",
            why="while the plan must be put, while production is switched, while the end is told",
            deed=around.telegram(kind),
            deploy=stages,
        )
        for kind, stages in (
            ("flood", "test approve start report"),
            ("error", "approve start report"),
            ("hang", "approve start report"),
            ("down", "pull approve start report"),
        )
    ),
)
