"""What several tests of a worker in this process share."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
