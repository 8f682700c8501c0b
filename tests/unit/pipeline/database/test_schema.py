"""What a command printed, read as a schema's revision."""

from __future__ import annotations

import pytest

from pipeline.database.schema import told


@pytest.mark.parametrize(
    ("output", "revision"),
    [
        ("0007\n", "0007"),
        ("0007 (head)\n", "0007"),
        ("ae10 (effective head) (mergepoint)", "ae10"),
        ("Loading settings\n\n  0007  \n\n", "0007"),
        ("Current version: 20260301201500", "Current version: 20260301201500"),
        ("(none)", "(none)"),
        ("v" * 200, "v" * 200),
        ("", None),
        ("\n \n", None),
    ],
)
def test_the_last_line_is_the_revision(output: str, revision: str | None) -> None:
    assert told(output) == revision


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("v" * 201, "its last line has 201 characters, and may have 200"),
        ("\x1b[32m0007\x1b[0m", r"its last line is '\\x1b\[32m0007\\x1b\[0m', which is no text"),
    ],
)
def test_what_can_be_no_revision(output: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        told(output)
