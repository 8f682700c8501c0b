"""Errors the agent survives.

NotReadyError
├── DatabaseAwayError
└── SchemaBehindError
DeliveryError
"""

from __future__ import annotations


class NotReadyError(Exception):
    """The database cannot serve the agent at the moment; trying again later helps."""


class DatabaseAwayError(NotReadyError):
    """PostgreSQL cannot be reached, or the connection was lost."""


class SchemaBehindError(NotReadyError):
    """Migrations that this release needs are not applied."""


class DeliveryError(Exception):
    """Telegram did not take an answer.

    `retry_after` is the pause in seconds that Telegram asked for, 0 for the agent's own back-off and None
    when trying again is pointless (the chat is gone, the bot was blocked).
    """

    def __init__(self, reason: str, retry_after: float | None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
