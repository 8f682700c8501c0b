"""What people are told of themselves: who they are here, and what is beyond their rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.card import Card
from bot.cards.help import COMMANDS
from bot.rights import Role, offered
from pipeline.wording.markup import code, joined, line
from pipeline.wording.words import WARNING


@dataclass(frozen=True, kw_only=True)
class Who:
    """`chat_type` as Telegram names it: private, group, supergroup."""

    user: int
    name: str
    role: Role
    chat: int
    chat_type: str
    topic: int | None
    is_home: bool


def whoami_card(who: Who) -> Card:
    home = " · home chat" if who.is_home else ""
    topic = code(str(who.topic)) if who.topic is not None else "none"
    return Card(
        text=joined(
            "<b>Who you are here</b>",
            f"{line(who.name, 60)} · user {code(str(who.user))} · {who.role}",
            f"Chat {code(str(who.chat))} · {line(who.chat_type, 20)}{home}",
            f"Topic {topic}",
        )
    )


def refused_card(role: Role) -> Card:
    return Card(text=f"{WARNING} <b>Nothing was done.</b> {_may(role)}")


def refused_toast(role: Role) -> str:
    """In plain text, at most 200 characters."""
    return f"Nothing was done. {_may(role)}"


def _may(role: Role) -> str:
    names = ", ".join(f"/{name}" for name in offered(role, COMMANDS))
    return f"This is for owners. As a {role} you may look: {names}."


def elsewhere_card() -> Card:
    return Card(text="Asked for. Its messages go to the home chat.")


def moved_card(old: int, new: int, *, keys: Sequence[str]) -> Card:
    """`keys` are the settings that name the home chat."""
    lines = " and ".join(code(f"{key}={new}") for key in keys)
    names = "it names" if len(keys) == 1 else "they name"
    return Card(
        text=joined(
            f"{WARNING} <b>This group is a supergroup now, and has another id</b>",
            "I have noted it and go on here; open cards were sent anew. Runs and production are not touched.",
            f"<b>Next:</b> set {lines} in .env.vnext; {names} {code(str(old))}.",
        )
    )
