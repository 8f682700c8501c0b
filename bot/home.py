"""The home chat of a project, where the bot speaks of it by itself; and groups that have other ids by now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bot.place import Place
from pipeline.store.chat import Subject
from pipeline.store.people import Chats

OF_RUNS: frozenset[Subject] = frozenset({"run", "plan", "question", "result", "push"})
"""What goes to RUNS_TOPIC: a run and what leads to one. All else is an alert."""

log = structlog.get_logger()


class Groups:
    """Which became supergroups, by their old ids; and all homes, by the ids that were set."""

    def __init__(self, chats: Chats, moved: Mapping[int, int] | None = None) -> None:
        self._chats = chats
        self._moved = dict(moved or {})
        self._changed = asyncio.Condition()
        self._set: set[int] = set()

    def now(self, chat: int) -> int:
        seen = {chat}
        while (chat := self._moved.get(chat, chat)) not in seen:
            seen.add(chat)
        return chat

    @property
    def homes(self) -> frozenset[int]:
        return frozenset(self.now(chat) for chat in self._set)

    def add_home(self, chat: int) -> None:
        self._set.add(chat)

    async def follow(self, old: int, new: int) -> None:
        if self.now(old) == new:
            return
        await self._chats.move(old, new)
        self._moved[old] = new
        async with self._changed:
            self._changed.notify_all()
        log.warning("group_became_supergroup", old=old, new=new)

    async def moved_from(self, homes: frozenset[int]) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.homes != homes)


class Home:
    """`moved` holds old ids of groups and their new ones."""

    def __init__(
        self,
        chats: Chats,
        chat: int,
        *,
        runs_topic: int | None = None,
        alerts_topic: int | None = None,
        moved: Mapping[int, int] | None = None,
        groups: Groups | None = None,
    ) -> None:
        self._set = chat
        self._runs_topic = runs_topic
        self._alerts_topic = alerts_topic
        self._chats = chats
        self._groups = groups or Groups(chats, moved)
        self._groups.add_home(chat)

    def beside(self, chat: int, *, runs_topic: int | None = None, alerts_topic: int | None = None) -> Home:
        """That of another project, which may be the same chat."""
        return Home(self._chats, chat, runs_topic=runs_topic, alerts_topic=alerts_topic, groups=self._groups)

    @property
    def chat(self) -> int:
        return self.now(self._set)

    @property
    def homes(self) -> frozenset[int]:
        """The home chats of all projects."""
        return self._groups.homes

    @property
    def runs(self) -> Place:
        return Place(self.chat, self._runs_topic)

    @property
    def alerts(self) -> Place:
        return Place(self.chat, self._alerts_topic)

    def of(self, subject: Subject) -> Place:
        return self.runs if subject in OF_RUNS else self.alerts

    def now(self, chat: int) -> int:
        """The id that this chat has now."""
        return self._groups.now(chat)

    async def follow(self, old: int, new: int) -> None:
        """The group `old` is the supergroup `new` from now on, also after a restart. Raises LOST."""
        await self._groups.follow(old, new)

    async def moved_from(self, homes: frozenset[int]) -> None:
        """Waits until the home chats of all projects have other ids than these."""
        await self._groups.moved_from(homes)
