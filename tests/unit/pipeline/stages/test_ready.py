"""Whether there is memory for a second application."""

from __future__ import annotations

import pytest

from pipeline.stages.ready import memory_problem

MEGA = 1024 * 1024


@pytest.mark.parametrize(
    ("used", "available", "said"),
    [
        (500 * MEGA, 756 * MEGA, []),
        (500 * MEGA, None, []),
        (0, 256 * MEGA, []),
        (500 * MEGA, 755 * MEGA, ["755 MB of memory are available and 756 MB are needed"]),
    ],
)
def test_as_much_as_production_uses_and_some_more(used: int, available: int | None, said: list[str]) -> None:
    assert memory_problem(used, available) == said
