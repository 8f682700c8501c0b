"""Times as people read them, in the zone that is set, summer and winter."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.cli.running import settings
from pipeline.model.errors import ActiveRun
from pipeline.model.executor import Executor
from pipeline.model.moment import clock, day, second, show_in
from pipeline.model.states import RunKind

WINTER = datetime(2026, 3, 9, 10, 4, 59, tzinfo=UTC)
SUMMER = datetime(2026, 7, 9, 22, 4, 59, tzinfo=UTC)


@pytest.fixture
def _berlin() -> Iterator[None]:
    show_in(ZoneInfo("Europe/Berlin"))
    yield
    show_in(UTC)


def test_utc_where_nothing_is_set() -> None:
    assert (clock(WINTER), day(WINTER), second(WINTER)) == (
        "10:04 UTC",
        "2026-03-09 10:04 UTC",
        "2026-03-09 10:04:59 UTC",
    )


@pytest.mark.usefixtures("_berlin")
def test_in_the_zone_with_the_abbreviation_of_the_season() -> None:
    assert (clock(WINTER), day(WINTER)) == ("11:04 CET", "2026-03-09 11:04 CET")
    assert (clock(SUMMER), day(SUMMER)) == ("00:04 CEST", "2026-07-10 00:04 CEST")
    assert second(SUMMER) == "2026-07-10 00:04:59 CEST"


@pytest.mark.usefixtures("_berlin")
def test_also_in_the_sentences_of_errors() -> None:
    held = ActiveRun(run_id=12, kind=RunKind.DEPLOY, stage="test", since=WINTER, requested_by="Ada")
    assert held.what == "Run 12 (deploy, asked by Ada) is under way at stage test since 2026-03-09 11:04 CET."
    worker = Executor(name="worker", host="box", pid=7, since=WINTER)
    assert str(worker) == "worker on box (process 7) since 2026-03-09 11:04:59 CET, at no run"


def test_the_command_line_reads_it_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "x")
    monkeypatch.setenv("GIT_URL", "/srv/app.git")
    monkeypatch.setenv("TIME_ZONE", "Asia/Tokyo")

    def shown() -> str:
        settings()
        return clock(WINTER)

    assert contextvars.copy_context().run(shown) == "19:04 JST"


def test_a_zone_without_an_abbreviation_shows_its_offset() -> None:
    def shown() -> str:
        show_in(ZoneInfo("America/Sao_Paulo"))
        return clock(WINTER)

    assert contextvars.copy_context().run(shown) == "07:04 -03"
    assert clock(WINTER) == "10:04 UTC"
