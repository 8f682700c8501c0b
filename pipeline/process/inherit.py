"""A descriptor that commands are started with: the executor's lock stays held while a command outlives us."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_descriptors: ContextVar[tuple[int, ...]] = ContextVar("descriptors that commands inherit", default=())
"""Set within `inheriting` only. A context variable and no argument, for what lies between the one who holds
the lock and the one who starts a command need not know of it."""


@contextlib.contextmanager
def inheriting(descriptor: int) -> Iterator[None]:
    """Lets every command started within, also by tasks made within, have the descriptor under its number.

    All others stay closed to it. The descriptor has to stay open for that time; a command started after it
    was closed fails to start.
    """
    token = _descriptors.set((*_descriptors.get(), descriptor))
    try:
        yield
    finally:
        _descriptors.reset(token)


def inherited() -> tuple[int, ...]:
    """What a command started here is given: the `pass_fds` of subprocess."""
    return _descriptors.get()
