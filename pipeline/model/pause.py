"""A pause: what comes by itself rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from pipeline.model.release import ProjectId

PauseId = NewType("PauseId", int)


@dataclass(frozen=True, kw_only=True)
class Pause:
    """`ended_at` is None while it lasts."""

    id: PauseId
    project_id: ProjectId
    began_at: datetime
    began_by: str
    reason: str | None
    ended_at: datetime | None
    ended_by: str | None
