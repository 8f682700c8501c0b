"""A line of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

from pipeline.model.release import RunId

LineId = NewType("LineId", int)


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """`actor` did `action`; `run` is the one that it is about, `chat` the Telegram chat that it came from.

    `detail` depends on the action (docs/security.md).
    """

    id: LineId
    at: datetime
    actor: str
    action: str
    run: RunId | None
    chat: int | None
    detail: dict[str, Any]
