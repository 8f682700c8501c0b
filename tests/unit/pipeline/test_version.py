from __future__ import annotations

import pytest

from pipeline.version import BAKED, revision

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("baked", "told"),
    [
        (SHA, SHA),
        (SHA.upper(), SHA),
        ("abc1234", "abc1234"),
        ("unknown", None),
        ("", None),
        ("main", None),
        ("<b>abc1234</b>", None),
        (None, None),
    ],
)
def test_revision_is_a_commit_or_not_known(
    baked: str | None, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(BAKED, raising=False)
    if baked is not None:
        monkeypatch.setenv(BAKED, baked)
    assert revision() == told
