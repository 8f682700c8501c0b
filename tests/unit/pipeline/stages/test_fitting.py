"""What is said of images that differ from a plan."""

from __future__ import annotations

import pytest

from pipeline.stages.fitting import differing

OLD, NEW = "sha256:" + "1a" * 32, "sha256:" + "2b" * 32


@pytest.mark.parametrize(
    ("planned", "serving", "said"),
    [
        ({"app": OLD}, {"app": NEW}, "app was 1a1a1a1a1a1a and is 2b2b2b2b2b2b"),
        ({"app": OLD, "queue": OLD}, {"app": OLD}, "queue was 1a1a1a1a1a1a and is gone"),
        (
            {"web": OLD},
            {"app": NEW, "web": NEW},
            "app was not there and is 2b2b2b2b2b2b, web was 1a1a1a1a1a1a and is 2b2b2b2b2b2b",
        ),
    ],
)
def test_differing(planned: dict[str, str], serving: dict[str, str], said: str) -> None:
    assert differing(planned, serving) == said
