"""Bytes of a process into lines, in bounded memory."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable

from pipeline.redact import LONGEST_FORM

LINE_CHARACTERS = 8 * 1024
TAIL_LINES = 200
TAIL_CHARACTERS = 64 * 1024

_SHOWN_LINES = 5

_LINE_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """Splits at line feeds and at carriage returns (progress bars), cuts what is over 8 KiB and drops
    the rest of that line. Invalid UTF-8 is replaced.

    So much of a line is kept beyond the cut that a secret which lies across it is still recognised; a
    part of one that lies across the end of what was kept is dropped with the rest."""

    def __init__(self, emit: Callable[[str], None], redact: Callable[[str], str] | None = None) -> None:
        self._emit = emit
        self._redact = redact
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._line = ""
        self._after_return = False

    def feed(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        if not text:
            return
        if self._after_return and text.startswith("\n"):
            text = text[1:]
        self._after_return = text.endswith("\r")
        *whole, rest = _LINE_END.split(text)
        for part in whole:
            self._extend(part)
            self._flush()
        self._extend(rest)

    def close(self) -> None:
        """Emit what stands after the last line end."""
        self._extend(self._decoder.decode(b"", final=True))
        if self._line:
            self._flush()

    def _extend(self, part: str) -> None:
        room = LINE_CHARACTERS + LONGEST_FORM - len(self._line)
        self._line += part[: max(room, 0)]

    def _flush(self) -> None:
        line, self._line = self._line, ""
        whole = len(line) <= LINE_CHARACTERS
        cut = len(line) == LINE_CHARACTERS + LONGEST_FORM  # there was more of it, perhaps
        if self._redact is not None:
            line = self._redact(line)
        sure = max(len(line) - LONGEST_FORM, 0) if cut else len(line)
        self._emit(line if whole else f"{line[: min(sure, LINE_CHARACTERS)]}…")


class Tail:
    """The last lines of a stream: at most 200, at most 64 Ki characters."""

    def __init__(self, lines: int = TAIL_LINES, characters: int = TAIL_CHARACTERS) -> None:
        self._limit = lines
        self._room = characters
        self._lines: deque[str] = deque()

    def add(self, line: str) -> None:
        self._lines.append(line)
        self._room -= len(line) + 1
        while self._lines and (len(self._lines) > self._limit or self._room < 0):
            self._room += len(self._lines.popleft()) + 1

    def last(self, count: int) -> list[str]:
        return list(self._lines)[-count:]

    def text(self) -> str:
        return "\n".join(self._lines)


class Output:
    """The two tails, and whoever listens."""

    def __init__(self, on_line: Callable[[str], None] | None, redact: Callable[[str], str] | None) -> None:
        self.out = Tail()
        self.err = Tail()
        self._on_line = on_line
        self._redact = redact

    def lines(self, tail: Tail) -> Lines:
        def emit(line: str) -> None:
            tail.add(line)
            if self._on_line is not None:
                self._on_line(line)

        return Lines(emit, self._redact)

    def ending(self) -> str:
        """The last lines of standard error, or of standard output where that is empty, for an error."""
        last = self.err.last(_SHOWN_LINES) or self.out.last(_SHOWN_LINES)
        return " Its last lines:\n" + "\n".join(last) + "\n" if last else ""
