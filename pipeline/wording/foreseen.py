"""What a plan that was made without a run cannot know."""

from __future__ import annotations


def known_later(tests: bool) -> list[str]:
    """`tests`: whether the project declares any."""
    return [
        *(["whether the tests pass, and coverage"] if tests else []),
        "whether the image builds, and its size",
        "the backup and its size",
    ]
