"""Whether a backup's file may go to the chat, in words. Pure."""

from __future__ import annotations

from pathlib import Path

from pipeline.wording.words import size

CHAT_BYTES = 45 * 1024 * 1024
"""Telegram takes files of at most 50 MB from a bot."""

_ENCRYPTED = ".age"


def not_for_chat(path: Path, count: int) -> str | None:
    """Why it does not, as the end of a sentence; None where it may. `count` in bytes."""
    if path.suffix != _ENCRYPTED:
        return "not sent to the chat: it is not encrypted"
    if count > CHAT_BYTES:
        return f"not sent to the chat: it is {size(count)}, the limit is {size(CHAT_BYTES)}"
    return None
