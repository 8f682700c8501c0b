"""Telegram's `parse_mode=HTML`.

Works on bytes, because the offsets in Telegram's error texts are byte offsets. Its behaviour is checked
against Telegram's own parser in `tests/unit/botapi/test_markup_against_telegram.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from demo.botapi.entities import Entity, in_order
from demo.botapi.errors import ApiError, bad_request
from demo.botapi.links import checked, user_of

_SPACE = frozenset(b" \t\r\n\x0b\x00")
_STYLE = {
    b"b": "bold",
    b"strong": "bold",
    b"i": "italic",
    b"em": "italic",
    b"u": "underline",
    b"ins": "underline",
    b"s": "strikethrough",
    b"strike": "strikethrough",
    b"del": "strikethrough",
    b"tg-spoiler": "spoiler",
    b"span": "spoiler",
}
_TAGS = frozenset(_STYLE) | {b"a", b"tg-emoji", b"tg-time", b"pre", b"code", b"blockquote"}
_CHARACTER = re.compile(rb"&(?:#[xX](?P<hex>[0-9a-fA-F]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*))")
_NAMED = {b"lt": ord("<"), b"gt": ord(">"), b"amp": ord("&"), b"quot": ord('"')}
_ENDS_NAME = _SPACE | frozenset(b"=>/\"'")
_TOKEN = re.compile(rb"[A-Za-z0-9.-]*")


@dataclass(frozen=True)
class _Open:
    tag: bytes
    attributes: dict[bytes, bytes]
    offset: int
    position: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities in Telegram's order.

    Raises ApiError 400 `can't parse entities: …` with Telegram's words and byte offsets.
    """
    return _Parser(source.encode("utf-8")).parse()


class _Parser:
    def __init__(self, source: bytes) -> None:
        self.size = len(source)
        self.data = source + b"\0"
        self.at = 0
        self.text = bytearray()
        self.utf16 = 0
        self.open: list[_Open] = []
        self.found: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < self.size:
            byte = self.data[self.at]
            if byte == ord("<"):
                begin = self.at
                self.at += 1
                if self.data[self.at] == ord("/"):
                    self._end_tag(begin)
                else:
                    self._start_tag(begin)
                self.at += 1
            elif byte != ord("&") or not self._character():
                self.text.append(byte)
                if byte & 0xC0 != 0x80:
                    self.utf16 += 2 if byte >= 0xF0 else 1
                self.at += 1
        if self.open:
            tag = _shown(self.open[-1].tag)
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{tag}"')
        try:
            text = self.text.decode("utf-8")
        except UnicodeDecodeError:
            raise _unparsable(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ) from None
        return text, in_order(replace(e, language=None) if e.type == "code" else e for e in self.found)

    def _character(self) -> bool:
        code, after = _decoded(self.data, self.at)
        if not code:
            return False
        self.text += _utf8(code)
        self.utf16 += 2 if code > 0xFFFF else 1
        self.at = after
        return True

    def _start_tag(self, begin: int) -> None:
        self._skip_until(_SPACE | {ord(">")})
        if self.data[self.at] == 0:
            raise _unparsable(f"Unclosed start tag at byte offset {begin}")
        tag = self.data[begin + 1 : self.at].lower()
        if tag not in _TAGS:
            raise _unparsable(f'Unsupported start tag "{_shown(tag)}" at byte offset {begin}')
        attributes = self._attributes(tag, begin)
        if tag == b"span" and attributes.get(b"class") != b"tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, attributes, self.utf16, len(self.text)))

    def _attributes(self, tag: bytes, begin: int) -> dict[bytes, bytes]:
        attributes: dict[bytes, bytes] = {}
        unclosed = f'Unclosed start tag "{_shown(tag)}" at byte offset {begin}'
        while self.data[self.at] != ord(">"):
            self._skip_spaces()
            if self.data[self.at] == ord(">"):
                break
            name_at = self.at
            self._skip_until(_ENDS_NAME)
            name = self.data[name_at : self.at]
            if not name:
                raise _unparsable(f'Empty attribute name in the tag "{_shown(tag)}" at byte offset {begin}')
            self._skip_spaces()
            if self.data[self.at] == 0:
                raise _unparsable(unclosed)
            value = b""
            if self.data[self.at] == ord("="):
                self.at += 1
                self._skip_spaces()
                if self.data[self.at] == 0:
                    raise _unparsable(unclosed)
                value = self._value()
                if self.data[self.at] == 0:
                    raise _unparsable(f"Unclosed start tag at byte offset {begin}")
                if not _counts(tag, name, value):
                    continue
            attributes[name] = value
        return attributes

    def _value(self) -> bytes:
        quote = self.data[self.at]
        if quote not in b"'\"":
            begin = self.at
            token = _TOKEN.match(self.data, begin)
            self.at = token.end() if token else begin
            if self.data[self.at] not in _SPACE and self.data[self.at] != ord(">"):
                raise _unparsable(f"Unexpected end of name token at byte offset {begin}")
            return self.data[begin : self.at].lower()
        self.at += 1
        value = bytearray()
        while self.data[self.at] not in (quote, 0):
            code, after = _decoded(self.data, self.at)
            if code:
                value += _utf8(code)
                self.at = after
            else:
                value.append(self.data[self.at])
                self.at += 1
        if self.data[self.at] == quote:
            self.at += 1
        return bytes(value)

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise _unparsable(f"Unexpected end tag at byte offset {begin}")
        self._skip_until(_SPACE | {ord(">")})
        name = self.data[begin + 2 : self.at].lower()
        self._skip_spaces()
        if self.data[self.at] != ord(">"):
            raise _unparsable(f"Unclosed end tag at byte offset {begin}")
        closed = self.open[-1]
        if name and name != closed.tag:
            raise _unparsable(
                f"Unmatched end tag at byte offset {begin}, "
                f'expected "</{_shown(closed.tag)}>", found "</{_shown(name)}>"'
            )
        if self.utf16 > closed.offset:
            self._close(closed)
        self.open.pop()

    def _close(self, closed: _Open) -> None:
        entity = Entity(type="", offset=closed.offset, length=self.utf16 - closed.offset)
        last = self.found[-1] if self.found else None
        fits = last is not None and (last.offset, last.length) == (entity.offset, entity.length)
        match closed.tag:
            case b"a":
                self._link(closed, entity)
            case b"pre" if last and fits and last.type == "code" and last.language:
                self.found[-1] = replace(last, type="pre")
            case b"pre":
                self.found.append(replace(entity, type="pre"))
            case b"code":
                language = closed.attributes.get(b"class", b"").removeprefix(b"language-")
                if last and fits and last.type == "pre" and not last.language and language:
                    self.found[-1] = replace(last, language=_shown(language))
                else:
                    self.found.append(replace(entity, type="code", language=_shown(language) or None))
            case b"blockquote":
                expandable = b"expandable" in closed.attributes
                kind = "expandable_blockquote" if expandable else "blockquote"
                self.found.append(replace(entity, type=kind))
            case b"tg-emoji":
                self._custom_emoji(closed, entity)
            case b"tg-time":
                self._date_time(closed, entity)
            case _:
                self.found.append(replace(entity, type=_STYLE[closed.tag]))

    def _link(self, closed: _Open, entity: Entity) -> None:
        target = closed.attributes.get(b"href") or bytes(self.text[closed.position :])
        link = target.decode("utf-8", "replace")
        if (user := user_of(link)) is not None:
            self.found.append(replace(entity, type="text_mention", user_id=user))
        elif url := checked(link):
            self.found.append(replace(entity, type="text_link", url=url))

    def _custom_emoji(self, closed: _Open, entity: Entity) -> None:
        number = closed.attributes.get(b"emoji-id", b"")
        if not re.fullmatch(rb"-?[0-9]+", number) or int(number) == 0 or not -(2**63) <= int(number) < 2**63:
            raise _unparsable("Invalid custom emoji identifier specified")
        self.found.append(replace(entity, type="custom_emoji", custom_emoji_id=str(int(number))))

    def _date_time(self, closed: _Open, entity: Entity) -> None:
        shape = closed.attributes.get(b"format", b"")
        if not re.fullmatch(rb"[rR]?|[wWdDtT]+", shape):
            raise _unparsable("Invalid date format used")
        number = closed.attributes.get(b"unix", b"")
        if re.fullmatch(rb"[0-9]+", number) and 0 < int(number) < 2**31:
            self.found.append(
                replace(
                    entity,
                    type="date_time",
                    unix_time=int(number),
                    date_time_format=shape.decode() or None,
                )
            )

    def _skip_spaces(self) -> None:
        while self.data[self.at] != 0 and self.data[self.at] in _SPACE:
            self.at += 1

    def _skip_until(self, stops: frozenset[int]) -> None:
        while self.data[self.at] not in stops:
            self.at += 1


def _counts(tag: bytes, name: bytes, value: bytes) -> bool:
    """Whether Telegram reads this attribute; one that it ignores never overwrites one it has read."""
    if name == b"class" and tag == b"code":
        return value.startswith(b"language-")
    if name == b"class" and tag == b"span":
        return value.startswith(b"tg-")
    return True


def _decoded(data: bytes, at: int) -> tuple[int, int]:
    """The code point that the character reference at `at` stands for and where it ends; 0 if none does."""
    found = _CHARACTER.match(data, at)
    if not found:
        return 0, at
    if found["name"] is not None:
        code = _NAMED.get(found["name"], 0)
    elif found.end() - at >= 10:
        code = 0
    else:
        code = int(found["hex"] or b"0", 16) if found["hex"] is not None else int(found["dec"] or b"0")
    if not 0 < code < 0x10FFFF:
        return 0, at
    return code, found.end() + (data[found.end()] == ord(";"))


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "surrogatepass")


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
