"""What a process runs with, for the other one to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.release import ProjectId
from pipeline.model.told import ToldSetting
from pipeline.store.queries import load

_SQL = load("told")
_SETTINGS = TypeAdapter(list[ToldSetting])

Process = Literal["worker"]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """`at` is when the process started with them."""

    at: datetime
    settings: Sequence[ToldSetting]


class ToldSettings:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tell(self, project: ProjectId, process: Process, settings: Sequence[ToldSetting]) -> None:
        """In the place of what it told before."""
        text = _SETTINGS.dump_json(list(settings)).decode()
        await self._pool.execute(_SQL["tell_settings"], project, process, text)

    async def of(self, project: ProjectId, process: Process) -> Telling | None:
        """None where it has never started with this journal."""
        row = await self._pool.fetchrow(_SQL["told_settings"], project, process)
        if row is None:
            return None
        return Telling(at=row["told_at"], settings=_SETTINGS.validate_json(row["data"]))
