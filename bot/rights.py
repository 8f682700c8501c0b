"""Who may do what. A handler is for owners unless its registration says `flags=looking()`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    OWNER = "owner"
    VIEWER = "viewer"
    STRANGER = "stranger"


class Hearing(StrEnum):
    """What becomes of a message or tap. `AFAR`: from an owner in a group that is no home chat."""

    HEARD = "heard"
    AFAR = "afar"
    REFUSED = "refused"


LOOKING_COMMANDS = ("status", "alerts", "stats", "history", "releases", "logs", "backups", "help", "whoami")
"""What viewers are offered, where there is such a command; their handlers have the flag."""


def looking() -> dict[str, Any]:
    """The flags of a handler that only shows something: viewers may use it. aiogram adds to them."""
    return {"viewers": True}


def of_all() -> dict[str, Any]:
    """The flags of a handler that may be about all projects, or about none: it is not asked which."""
    return {"of_all": True}


def looking_at_all() -> dict[str, Any]:
    """Both."""
    return looking() | of_all()


def anywhere() -> dict[str, Any]:
    """Likewise, and owners may in any group: it tells the ids that the settings ask for."""
    return {"viewers": True, "afar": True}


@dataclass(frozen=True, kw_only=True)
class Rights:
    """`owners` and `viewers` are Telegram ids of people; who is both is an owner."""

    owners: frozenset[int]
    viewers: frozenset[int] = frozenset()

    def role(self, user: int | None) -> Role:
        if user in self.owners:
            return Role.OWNER
        return Role.VIEWER if user in self.viewers else Role.STRANGER

    def hearing(self, user: int | None, chat: int | None, homes: Collection[int]) -> Hearing:
        """People are heard in their private chats, whose id is their own, and in the home chats."""
        role = self.role(user)
        if role is Role.STRANGER or chat is None:
            return Hearing.REFUSED
        if chat == user or chat in homes:
            return Hearing.HEARD
        return Hearing.AFAR if role is Role.OWNER and chat < 0 else Hearing.REFUSED


def may_use(role: Role, flags: Mapping[str, Any]) -> bool:
    """Whether the handler with these flags is for that role."""
    return role is Role.OWNER or (role is Role.VIEWER and bool(flags.get("viewers")))


def offered(role: Role, commands: Mapping[str, str]) -> dict[str, str]:
    """Of all commands with their descriptions, those that the role may use."""
    if role is Role.OWNER:
        return dict(commands)
    allowed = LOOKING_COMMANDS if role is Role.VIEWER else ()
    return {name: words for name, words in commands.items() if name in allowed}
