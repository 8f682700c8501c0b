"""A picture by the browser, made small: few colours, packed at the best of zlib. Needs no library."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

COLOURS = 32
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 3

Colour = tuple[int, int, int]


def packed(picture: bytes) -> bytes:
    """`picture` is a PNG of 8 bits RGB. A few of its colours stay, others become the nearest of them."""
    parts = list(_chunks(picture))
    head = next(body for kind, body in parts if kind == b"IHDR")
    width, height, *how = struct.unpack(">IIBBBBB", head)
    if how != [8, 2, 0, 0, 0]:
        raise ValueError(f"not a PNG of 8 bits RGB: {how}")
    data = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    rows = [
        list(zip(row[0::_RGB], row[1::_RGB], row[2::_RGB], strict=True)) for row in _rows(data, width * _RGB)
    ]
    seen = Counter(colour for row in rows for colour in row)
    palette = _palette(seen)
    place = {colour: _nearest(colour, palette) for colour in seen}
    pixels = b"".join(b"\0" + bytes(place[colour] for colour in row) for row in rows)
    return _SIGNATURE + b"".join(
        _chunk(*part)
        for part in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(bytes(colour) for colour in palette)),
            (b"IDAT", zlib.compress(pixels, 9)),
            (b"IEND", b""),
        )
    )


def _palette(seen: Counter[Colour]) -> list[Colour]:
    """The most frequent half, then each time the one that is missed most: far from all, and not too rare."""
    chosen = [colour for colour, _ in seen.most_common(COLOURS // 2)]
    missed = {colour: min(_apart(colour, each) for each in chosen) for colour in seen}
    while len(chosen) < min(COLOURS, len(seen)):
        chosen.append(max(missed, key=lambda colour: missed[colour] * seen[colour] ** 0.5))
        missed = {colour: min(apart, _apart(colour, chosen[-1])) for colour, apart in missed.items()}
    return chosen


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    return min(range(len(palette)), key=lambda at: _apart(colour, palette[at]))


def _apart(one: Colour, two: Colour) -> int:
    return (one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2 + (one[2] - two[2]) ** 2


def _rows(data: bytes, length: int) -> Iterator[bytearray]:
    """Each row without its filter (PNG, second edition, chapter 9)."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        for at in range(length) if kind else ():
            left = row[at - _RGB] if at >= _RGB else 0
            corner = above[at - _RGB] if at >= _RGB else 0
            row[at] = (row[at] + _guess(kind, left, above[at], corner)) & 255
        yield row
        above = row


def _guess(kind: int, left: int, above: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
        case _:
            guess = left + above - corner
            return min((left, above, corner), key=lambda near: abs(guess - near))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
