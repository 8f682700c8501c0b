"""Formatted text: an entity, how Telegram orders entities and what it makes of a text before sending it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

MAX_ENTITIES = 100

_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
_CLEANED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile("[\r\u2028-\u202e\u030a\u0333\u033f]")
_AUTOMATIC = re.compile(
    r"(?P<url>https?://[^\s<>\"/?#]+\.[^\s<>\"]*[^\s<>\".,;:!?)'\]])"
    r"|(?<![\w/@.<])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@>])"
    r"|(?<![\w@/])(?P<mention>@[A-Za-z0-9_]{4,32})(?!\w)"
    r"|(?<![\w/])(?P<hashtag>\#(?=\w*[^\W\d])\w{1,256})"
)


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A formatted stretch of a text; `offset` and `length` are in UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    user_id: int | None = None
    language: str | None = None
    custom_emoji_id: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_api(self) -> dict[str, Any]:
        """The entity as the Bot API writes it (`text_mention` carries `user_id` only; see World)."""
        return {name: value for name, value in vars(self).items() if value is not None}


def utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Telegram's order: by offset, the longer first, then by kind."""
    return sorted(entities, key=lambda e: (e.offset, -e.length, _PRIORITY.get(e.type, 50)))


def finished(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    """What is stored of a parsed text: control characters gone, trimmed, entities merged and completed."""
    text, kept = _cleaned(text, list(entities))
    text, kept = _trimmed(text, in_order(kept))
    kept = _canonical(kept)
    kept += [found for found in automatic(text) if not any(_touch(found, other) for other in kept)]
    return text, in_order(kept)[:MAX_ENTITIES]


def automatic(text: str) -> list[Entity]:
    """Entities that Telegram finds by itself: links, commands, mentions, hashtags."""
    return [
        Entity(
            type=found.lastgroup or "",
            offset=utf16_length(text[: found.start()]),
            length=utf16_length(found[0]),
        )
        for found in _AUTOMATIC.finditer(text)
    ]


def _touch(found: Entity, other: Entity) -> bool:
    blocks = other.type not in _STYLES and not other.type.endswith("blockquote")
    return blocks and found.offset < other.end and other.offset < found.end


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    text = _CLEANED.sub(" ", text)
    dropped = [utf16_length(text[: found.start()]) for found in _DROPPED.finditer(text)]

    def moved(offset: int) -> int:
        return offset - sum(position < offset for position in dropped)

    shifted = [replace(e, offset=moved(e.offset), length=moved(e.end) - moved(e.offset)) for e in entities]
    return _DROPPED.sub("", text), [entity for entity in shifted if entity.length > 0]


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    text = text.rstrip(" \n\t")
    size = utf16_length(text)
    kept = [replace(e, length=min(e.end, size) - e.offset) for e in entities if e.offset < size]
    leading = len(text) - len(text.lstrip(" \n\t"))
    cut = min([leading, *(entity.offset for entity in kept)])
    return text[cut:], [replace(entity, offset=entity.offset - cut) for entity in kept]


def _canonical(entities: list[Entity]) -> list[Entity]:
    """Styles of one kind joined and kept out of code; every other entity as it is, duplicates once."""
    code = [entity for entity in entities if entity.type in ("code", "pre")]
    result = list(dict.fromkeys(entity for entity in entities if entity.type not in _STYLES))
    for style in _STYLES:
        for start, end in _joined(entity for entity in entities if entity.type == style):
            for piece_start, piece_end in _without(start, end, code):
                result.append(Entity(type=style, offset=piece_start, length=piece_end - piece_start))
    return in_order(result)


def _joined(entities: Iterable[Entity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for entity in sorted(entities, key=lambda e: e.offset):
        if spans and entity.offset <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], entity.end))
        else:
            spans.append((entity.offset, entity.end))
    return spans


def _without(start: int, end: int, holes: list[Entity]) -> list[tuple[int, int]]:
    pieces = []
    for hole in sorted(holes, key=lambda e: e.offset):
        if hole.end <= start or hole.offset >= end:
            continue
        if hole.offset > start:
            pieces.append((start, hole.offset))
        start = max(start, hole.end)
    if start < end:
        pieces.append((start, end))
    return pieces
