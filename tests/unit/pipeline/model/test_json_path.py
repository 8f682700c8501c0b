from typing import Any

import pytest

from pipeline.model.json_path import MISSING, at, steps

ANSWER = {"checks": {"database": {"status": "ok"}}, "items": [{"a b": 1}, None], "x.y": False}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("checks.database.status", "ok"),
        ("$.checks.database.status", "ok"),
        ('$["checks"].database["status"]', "ok"),
        ('items[0]["a b"]', 1),
        ("items[1]", None),
        ('["x.y"]', False),
        ("items[2]", MISSING),
        ("items.0", MISSING),
        ("checks[0]", MISSING),
        ("checks.database.status.more", MISSING),
        ("nothing", MISSING),
    ],
)
def test_what_lies_at_a_path(path: str, found: Any) -> None:
    assert at(ANSWER, path) is found or at(ANSWER, path) == found


def test_an_answer_may_be_a_list() -> None:
    assert at([[1, 2]], "[0][1]") == 2


@pytest.mark.parametrize(
    "wrong", ["", "$", ".a", "a.", "a..b", "a b", "a[", "a[x]", "a[-1]", "a[0]b", '[""]', "$a"]
)
def test_what_is_no_path(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^a path such as checks\.database\.status or items\[0\]\.name$"):
        steps(wrong)
