"""A process of the controller, as it tells the journal of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Process = Literal["bot", "worker"]

_SHORT = 7


@dataclass(frozen=True)
class Code:
    """`revision` is the commit that it was built from, where that is known."""

    version: str
    revision: str | None

    def __str__(self) -> str:
        """As people read it, such as `0.1.0 (abc1234)`."""
        return f"{self.version} ({self.revision[:_SHORT] if self.revision else 'revision unknown'})"


@dataclass(frozen=True, kw_only=True)
class Running:
    """`host` is the name of its machine or container, `revision` the commit of its image where that is known.

    Of a bot: `polled_at` is when Telegram last answered its getUpdates, `shut` why the home chat takes no
    messages, `ill` which of its parts are not well, and why. All times are the journal's.
    """

    process: Process
    host: str
    version: str
    revision: str | None
    started_at: datetime
    told_at: datetime
    polled_at: datetime | None = None
    shut: str | None = None
    ill: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> Code:
        return Code(self.version, self.revision)

    def is_of(self, sha: str | None) -> bool:
        """Whether it was built from the commit; where that is not known, any will do."""
        return sha is None or (self.revision is not None and sha.startswith(self.revision))


@dataclass(frozen=True, kw_only=True)
class Written:
    """The host of the bot that last sent or edited a card's message, and when by the journal's clock."""

    by: str
    at: datetime
