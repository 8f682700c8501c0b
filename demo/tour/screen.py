"""Prints a chat as it changes: new messages whole, of edited ones what is new."""

from __future__ import annotations

import asyncio

from demo.botapi.person import Person
from demo.botapi.picture import ChatMessage, draw_message


class Screen:
    """Use as an async context manager; prints until left."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._seen: dict[int, list[str]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Screen:
        position = await self._person.position()
        self._task = asyncio.create_task(self._follow(position), name="screen")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self, position: int) -> None:
        async for change in self._person.changes(after=position):
            if change.kind in ("new", "edited") and change.message:
                self._show(change.message)
            elif change.kind == "answer" and change.answer and change.answer.text:
                print(f"        ({change.answer.text})", flush=True)

    def _show(self, message: ChatMessage) -> None:
        lines = draw_message(message).split("\n")
        before = self._seen.get(message.id)
        self._seen[message.id] = lines
        if before is None:
            print("\n" + "\n".join(lines), flush=True)
            return
        new = [line for line in lines[1:] if line not in before]
        if new:
            print("\n".join(line.replace("│", "┊", 1) for line in new), flush=True)
