"""Scripted trouble: what the server does to calls instead of (or besides) carrying them out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["flood", "error", "html", "hang", "drop", "drop_after"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(kw_only=True)
class Fault:
    """One kind of trouble for the next `times` calls, or for `seconds` from now, or both.

    - `flood`: 429 with `retry_after` in body and header
    - `error`: JSON error, `status` (default 500) and `description`
    - `html`: an HTML page instead of JSON, `status` (default 502; 413 is the other one seen in the wild)
    - `hang`: no answer for `hang_seconds` (default 3600), then the connection is dropped; not carried out
    - `drop`: the connection is closed without an answer; the call is not carried out
    - `drop_after`: the call IS carried out, then the connection is closed: the bot cannot know

    `methods` empty means every method; names are case-insensitive. `bot` is a token, empty for every bot.
    """

    kind: Kind
    methods: tuple[str, ...] = ()
    times: int | None = 1
    seconds: float | None = None
    retry_after: int = 5
    status: int = 0
    description: str = ""
    hang_seconds: float = 3600.0
    bot: str = ""
    until: float = 0.0

    def hits(self, method: str, token: str) -> bool:
        named = not self.methods or method.lower() in {name.lower() for name in self.methods}
        return named and self.bot in ("", token)


class Faults:
    """The faults that are still to come, oldest first; `clock` as the world's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._faults: list[Fault] = []

    def add(self, kind: Kind, *methods: str, **options: Any) -> Fault:
        """`add("flood", "editMessageText", times=2, retry_after=3)`; options are Fault's fields.

        With `seconds` and no `times` the number of calls is unlimited. Raises ValueError, TypeError.
        """
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
        if options.get("seconds") is not None:
            options.setdefault("times", None)
        fault = Fault(kind=kind, methods=methods, **options)
        if fault.times is None and fault.seconds is None:
            raise ValueError("give times or seconds, else the fault never ends")
        fault.until = self._clock() + fault.seconds if fault.seconds is not None else 0.0
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults = []

    def pending(self) -> Collection[Fault]:
        now = self._clock()
        self._faults = [
            fault
            for fault in self._faults
            if fault.times != 0 and (fault.seconds is None or now < fault.until)
        ]
        return tuple(self._faults)

    def next_for(self, method: str, token: str) -> Fault | None:
        """The fault that this call meets; counts it."""
        for fault in self.pending():
            if fault.hits(method, token):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
