"""Brings what watchers find to the journal: only where it differs, and losing no count while it is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipeline.model.alert import Problem
from pipeline.model.release import ProjectId
from pipeline.store.store import Store


class Telling:
    def __init__(self, store: Store, project: ProjectId) -> None:
        self._store = store
        self._project = project
        self._told: dict[str, list[Problem]] = {}
        self._owed: dict[tuple[str, str], int] = {}

    async def known(self, watcher: str) -> list[Problem]:
        """What a watcher of this name had told when the worker ended. Raises LOST."""
        found = await self._store.alerts.open(self._project)
        return [alert.problem for alert in found if alert.watcher == watcher]

    async def settle(self, watcher: str, problems: Sequence[Problem], at: datetime) -> None:
        """All that a watcher finds wrong now. Raises LOST; what happened more often is then told later."""
        for problem in problems:
            key = watcher, problem.fingerprint
            self._owed[key] = self._owed.get(key, 0) + problem.more
        plain = [replace(problem, more=0) for problem in problems]
        owed = {name: self._owed.get((watcher, name), 0) for name in (each.fingerprint for each in plain)}
        if self._told.get(watcher) == plain and not any(owed.values()):
            return
        counted = [replace(problem, more=owed[problem.fingerprint]) for problem in plain]
        await self._store.alerts.settle(self._project, watcher, counted, at)
        self._told[watcher] = plain
        self._owed = {key: more for key, more in self._owed.items() if key[0] != watcher}
