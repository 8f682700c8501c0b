from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.botapi.entities import Entity, automatic, finished, utf16_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", [("bot_command", 0, 6)]),
        ("😀 /start@my_bot now", [("bot_command", 3, 13)]),
        ("path/to /x/y //z </b> /x@ab", []),
        ("@someone a@b.cc", [("mention", 0, 8)]),
        ("(https://ya.ru/a?b=1), http://localhost:80", [("url", 1, 19)]),
        ("#tag #1 a#b", [("hashtag", 0, 4)]),
    ],
)
def test_what_telegram_finds_by_itself(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(found.type, found.offset, found.length) for found in automatic(text)] == expected


def test_control_characters_move_the_offsets_behind_them() -> None:
    code = Entity(type="code", offset=5, length=2)
    assert finished("\ra\x01\u2028bcd", [code]) == ("a bcd", [Entity(type="code", offset=3, length=2)])


def test_leading_space_is_kept_where_an_entity_begins() -> None:
    pre = Entity(type="pre", offset=1, length=3)
    assert finished("  \n x", [pre])[0] == " \n x"


KINDS = st.sampled_from(["bold", "italic", "code", "pre", "blockquote", "spoiler"])
PARTS = st.lists(st.sampled_from(["a", "é", "😀", " ", "\n", "\r", "\x01", "/go", "\u2028"]), max_size=12)


@settings(max_examples=100, deadline=None)
@given(PARTS.map("".join), st.data())
def test_entities_always_lie_within_the_text_and_stay_put(text: str, data: st.DataObject) -> None:
    size = utf16_length(text)
    entities = []
    for _ in range(data.draw(st.integers(0, 4)) if size else 0):
        offset = data.draw(st.integers(0, size - 1))
        length = data.draw(st.integers(1, size - offset))
        entities.append(Entity(type=data.draw(KINDS), offset=offset, length=length))
    stored, kept = finished(text, entities)
    for entity in kept:
        assert 0 <= entity.offset < entity.end <= utf16_length(stored)
    assert kept == sorted(kept, key=lambda entity: (entity.offset, -entity.length))
    assert finished(stored, kept) == (stored, kept)
