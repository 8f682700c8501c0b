"""What reaches the journal: only what differs, and every count, also after the journal was away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.model.alert import Problem, Severity
from pipeline.model.release import ProjectId
from pipeline.watching.telling import Telling
from tests.unit.pipeline.watching.samples import NOW

PROBLEM = Problem(
    fingerprint="restarted/app",
    severity=Severity.WARNING,
    title="app ended",
    what="It ended.",
    production="It runs.",
    advice="See /logs app.",
)


class Journal:
    """Keeps what is written, unless it is away."""

    def __init__(self) -> None:
        self.away = False
        self.written: list[tuple[str, list[int]]] = []

    async def settle(
        self, _project: ProjectId, watcher: str, problems: Sequence[Problem], _at: datetime
    ) -> None:
        if self.away:
            raise ConnectionError("away")
        self.written.append((watcher, [problem.more for problem in problems]))


async def test_only_what_differs_is_written_and_no_count_is_lost() -> None:
    journal = Journal()
    store: Any = SimpleNamespace(alerts=journal)
    telling = Telling(store, ProjectId(1))
    await telling.settle("production", [], NOW)
    await telling.settle("production", [], NOW)
    assert journal.written == [("production", [])]
    await telling.settle("production", [replace(PROBLEM, more=2)], NOW)
    await telling.settle("production", [PROBLEM], NOW)
    await telling.settle("host", [], NOW)
    assert journal.written[1:] == [("production", [2]), ("host", [])]
    journal.away = True
    for more in (1, 0, 3):
        with pytest.raises(ConnectionError):
            await telling.settle("production", [replace(PROBLEM, more=more)], NOW)
    journal.away = False
    await telling.settle("production", [PROBLEM], NOW)
    await telling.settle("production", [PROBLEM], NOW)
    assert journal.written[3:] == [("production", [4])]
    await telling.settle("production", [], NOW)
    assert journal.written[-1] == ("production", [])
