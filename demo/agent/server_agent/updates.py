"""What Telegram posts to the webhook, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass

BIGGEST_INT = 2**63 - 1


class BadUpdateError(Exception):
    """The body is not an update; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A text message to answer."""

    update_id: int
    chat_id: int
    text: str


def parse_update(body: bytes) -> Incoming | None:
    """The text message in `body`, or None for an update of another kind (edits, photos, joins).

    Raises `BadUpdateError` when the body is not an update at all.
    """
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise BadUpdateError("the body is not JSON") from None
    if not isinstance(update, dict):
        raise BadUpdateError("the body must be a JSON object")
    update_id = _integer(update, "update_id", "update_id")
    if "message" not in update:
        return None
    message = update["message"]
    if not isinstance(message, dict):
        raise BadUpdateError("message must be an object")
    chat = message.get("chat")
    if not isinstance(chat, dict):
        raise BadUpdateError("message.chat must be an object")
    chat_id = _integer(chat, "id", "message.chat.id")
    if "text" not in message:
        return None
    return Incoming(update_id=update_id, chat_id=chat_id, text=_text(message["text"]))


def _integer(holder: dict[str, object], key: str, path: str) -> int:
    value = holder.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > BIGGEST_INT:
        raise BadUpdateError(f"{path} must be a whole number of at most 64 bits")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadUpdateError("message.text must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadUpdateError("message.text must be valid Unicode") from None
    return value.replace("\0", "")  # PostgreSQL stores no NUL
