"""An audit log in memory."""

from __future__ import annotations


class Trail:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    async def write(self, actor: str, action: str, **detail: object) -> None:
        self.lines.append((actor, action, detail))


class Hands:
    """A clock that is set by hand, in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
