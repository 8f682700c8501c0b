"""Until when the proof of a new bot and worker is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.containers.engine import Container
from pipeline.stages.proof import _until

BEGAN = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


def container(started: float | None) -> Container:
    """`started` in seconds after the first look, None where it never was."""
    return Container(
        id="c1",
        name="stack-bot-1",
        service="bot",
        image="sha256:0",
        image_name="controller:live",
        running=started is not None,
        health=None,
        restarts=0,
        exit_code=None,
        started_at=None if started is None else BEGAN + timedelta(seconds=started),
        ports=frozenset(),
        mounts={},
    )


@pytest.mark.parametrize(
    ("started", "seconds"),
    [
        ([-10.0, -12.0], 50.0),
        ([-500.0, -12.0], 48.0),
        ([-55.0], 20.0),
        ([-5000.0, -5000.0], 20.0),
        ([None], 60.0),
        ([], 60.0),
        ([30.0], 60.0),
    ],
    ids=[
        "from its start",
        "from the later of both",
        "a third at least",
        "also after a cut",
        "never started",
        "nothing there",
        "a clock ahead",
    ],
)
def test_it_has_the_time_out_from_its_start_in_all(started: list[float | None], seconds: float) -> None:
    found = [container(one) for one in started]
    assert _until(found, BEGAN, 60.0) == BEGAN + timedelta(seconds=seconds)
