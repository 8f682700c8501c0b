"""What several tests of a worker in this process share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pipeline.chaos import SWITCH
from tests.chaos.points import Points


@pytest.fixture
async def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Points]:
    """The points of each worker that is started from now on."""
    async with Points(tmp_path / "points.sock", list) as points:
        monkeypatch.setenv(SWITCH, str(points.path))
        yield points


@pytest.fixture
def children() -> Callable[[], set[str]]:
    """Those of this process, but what it had before the test: others may be served for the whole session."""
    before = _children()
    return lambda: _children() - before


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
