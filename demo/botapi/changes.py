"""What people see happening, as a numbered log that pages and test clients follow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Change:
    """`kind`: new, edited, deleted, answer, typing, reaction, pinned, unpinned, commands or blocked.

    `users` are those who see it; `chat` is the chat as they know it: the bot's id, or the group's.
    """

    seq: int
    kind: str
    chat: int
    users: frozenset[int]
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "kind": self.kind, "chat": self.chat, **self.details}


class Changes:
    """Keeps the last 20,000 changes."""

    def __init__(self) -> None:
        self.last = 0
        self._log: deque[Change] = deque(maxlen=KEPT)
        self._listeners: list[Callable[[], None]] = []

    def add(self, kind: str, chat: int, users: Collection[int], **details: Any) -> None:
        self.last += 1
        self._log.append(Change(self.last, kind, chat, frozenset(users), details))
        for listener in tuple(self._listeners):
            listener()

    def after(self, seq: int, user_id: int) -> list[Change]:
        """Changes numbered above `seq` that this user sees."""
        return [change for change in self._log if change.seq > seq and user_id in change.users]

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after each change; the result stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
