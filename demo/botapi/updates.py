"""The queue of updates that a bot has not confirmed yet."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

MESSAGE_SECONDS = 24 * 3600.0
CALLBACK_SECONDS = 150.0
KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
    "message_reaction_count",
)
_ONLY_ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
_FIRST_ID = 100_000_001


@dataclass(frozen=True)
class PendingUpdate:
    """`chat_id` orders webhook deliveries; `expires` is a moment of the world's clock."""

    update_id: int
    kind: str
    payload: dict[str, Any]
    chat_id: int
    expires: float

    def as_api(self) -> dict[str, Any]:
        return {"update_id": self.update_id, self.kind: self.payload}


class UpdateQueue:
    """Updates in order. `allowed` None means Telegram's default: all kinds but those asked for by name."""

    def __init__(self) -> None:
        self.allowed: tuple[str, ...] | None = None
        self._pending: list[PendingUpdate] = []
        self._next_id = _FIRST_ID
        self._listeners: list[Callable[[], None]] = []

    def allow(self, kinds: Collection[str]) -> None:
        """Queues only these kinds from now on; an empty list means the default, unknown names are ignored."""
        chosen = tuple(kind for kind in KINDS if kind in kinds)
        self.allowed = chosen if kinds else None

    def accepts(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed is not None else kind not in _ONLY_ON_REQUEST

    def push(self, kind: str, payload: dict[str, Any], *, chat_id: int, now: float) -> None:
        """Queues the update unless the bot does not want its kind, and wakes whoever listens."""
        if not self.accepts(kind):
            return
        seconds = CALLBACK_SECONDS if kind == "callback_query" else MESSAGE_SECONDS
        self._pending.append(PendingUpdate(self._next_id, kind, payload, chat_id, now + seconds))
        self._next_id += 1
        for listener in tuple(self._listeners):
            listener()

    def take(self, offset: int, limit: int, now: float) -> list[dict[str, Any]]:
        """At most `limit` updates from `offset` on; forgets what lies below it.

        A negative offset keeps only the last `-offset` updates and returns those.
        """
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset > 0:
            self._pending = [update for update in self._pending if update.update_id >= offset]
        return [update.as_api() for update in self.pending(now)[:limit]]

    def pending(self, now: float) -> list[PendingUpdate]:
        """What is still waiting, after dropping what has expired."""
        self._pending = [update for update in self._pending if update.expires > now]
        return list(self._pending)

    def forget(self, update_id: int) -> None:
        self._pending = [update for update in self._pending if update.update_id != update_id]

    def clear(self) -> None:
        self._pending = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after each push; the result stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
