"""Where in Telegram something is said."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import MaybeInaccessibleMessageUnion, Message, Update


@dataclass(frozen=True)
class Place:
    """A chat and, in a group with topics, one of them; without it, the topic General."""

    chat: int
    topic: int | None = None


def place_of(update: Update) -> Place | None:
    """Where it was written or tapped; None for what the bot does not take."""
    message: MaybeInaccessibleMessageUnion | None = update.message
    if update.callback_query is not None:
        message = update.callback_query.message
    if message is None:
        return None
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Place(message.chat.id, topic)
