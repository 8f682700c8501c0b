"""Lines on their way to the journal: the newest counts, once a second at most, and none twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.engine import lines as module
from pipeline.engine.lines import Lines
from pipeline.model.run import Run
from pipeline.model.states import StageName
from pipeline.store.runs import Runs
from tests.unit.bot.samples import view


class Journal(Runs):
    """What was told, in order; the first time it is away."""

    def __init__(self, *, away: int = 0) -> None:
        self.told: list[tuple[StageName, str]] = []
        self.away = away

    async def tell(self, *given: Any) -> None:
        _run, _epoch, stage, line = given
        if self.away:
            self.away -= 1
            raise ConnectionError("away")
        self.told.append((stage, line))


@pytest.fixture
def run() -> Run:
    return view([]).run


def _lines(journal: Journal, run: Run, folder: Path) -> Lines:
    return Lines(journal, run, folder / "run.log", str, lambda: datetime(2026, 3, 1, tzinfo=UTC))


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_newest_of_each_stage_and_no_more_until_a_second_has_passed(
    run: Run, tmp_path: Path
) -> None:
    journal = Journal()
    async with _lines(journal, run, tmp_path) as lines:
        test, build = lines.shower(StageName.TEST), lines.teller(StageName.BUILD)
        for number in range(100):
            test(f"{number} of 100 tests")
        build("step 1 of 8 · FROM base")
        await _settled()
        test("100 of 100 tests")
        await _settled()
    assert journal.told == [(StageName.TEST, "99 of 100 tests"), (StageName.BUILD, "step 1 of 8 · FROM base")]
    kept = (tmp_path / "run.log").read_text()
    assert kept == "2026-03-01T00:00:00Z build step 1 of 8 · FROM base\n"


async def test_what_the_journal_holds_is_not_told_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    journal = Journal(away=1)
    async with _lines(journal, run, tmp_path) as lines:
        show = lines.shower(StageName.WAIT)
        for line in ("waiting for app", "waiting for app", "waiting for app", "all is well"):
            show(line)  # the first one finds the journal away
            await _settled()
        lines.shower(StageName.WAIT)("all is well")  # the stage is done again
        await _settled()
    assert [line for _, line in journal.told] == ["waiting for app", "all is well", "all is well"]
