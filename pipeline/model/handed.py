"""What the stage hand-over leaves in the journal."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """The numbers of the newest migration of the journal before it and since; `stopped` are the services that
    had to stop before it was migrated, for their code cannot work with what it became."""

    before: int
    after: int
    stopped: list[str] = field(default_factory=list)
