"""Which checks that failed count on a way back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.of_project import CONTROLLER
from pipeline.stages.of_itself import mended


def hands(project: str) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(project_name=project))


@pytest.mark.parametrize(
    ("failed", "counted"),
    [
        ({"reactive_worker"}, set()),
        ({"reactive_worker", "health"}, set()),
        ({"telegram", "health"}, set()),
        ({"health"}, {"health"}),
        ({"reactive_worker", "database", "stats", "logs"}, {"database", "stats", "logs"}),
    ],
)
def test_what_no_earlier_release_mends_is_not_held_against_the_controller(
    failed: set[str], counted: set[str]
) -> None:
    assert mended(hands(CONTROLLER))(frozenset(failed)) == counted
    assert mended(hands("agent"))(frozenset(failed)) == failed
