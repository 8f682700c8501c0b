"""A chat as a person sees it, and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

WIDTH = 66


@dataclass(frozen=True)
class Button:
    """`data` is the callback data; empty for link, copy and reply-keyboard buttons."""

    text: str
    data: str = ""
    style: str = ""
    url: str = ""
    copy_text: str = ""


@dataclass(frozen=True)
class ChatMessage:
    """One message as it stands now. `text` is the caption of a file. Dates in Unix seconds.

    `outgoing`: written by this person. `buttons`: rows of the inline keyboard. `edits`: how often it was
    edited. `document`: the file's name. `raw`: the whole JSON object, entities included.
    """

    id: int
    text: str
    outgoing: bool
    sender: str
    date: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    edits: int = 0
    pinned: bool = False
    document: str = ""
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_json(cls, shown: dict[str, Any]) -> ChatMessage:
        rows = shown.get("reply_markup", {}).get("inline_keyboard", [])
        return cls(
            id=shown["message_id"],
            text=shown.get("text") or shown.get("caption") or _service_text(shown),
            outgoing=shown["out"],
            sender=shown["from"]["first_name"],
            date=shown["date"],
            buttons=tuple(tuple(_button(raw) for raw in row) for row in rows),
            edits=shown["edits"],
            pinned=shown["pinned"],
            document=shown.get("document", {}).get("file_name", "photo" if "photo" in shown else ""),
            raw=shown,
        )

    @property
    def topic(self) -> int | None:
        """The message_thread_id of its topic."""
        topic: int | None = self.raw.get("message_thread_id")
        return topic

    @property
    def silent(self) -> bool:
        """No phone rang for it."""
        return bool(self.raw.get("silent"))

    @property
    def reply_to(self) -> int | None:
        """The message that it answers."""
        replied: int | None = self.raw.get("reply_to_message", {}).get("message_id")
        return replied

    @property
    def labels(self) -> list[str]:
        """The texts of all inline buttons, row by row."""
        return [button.text for row in self.buttons for button in row]


@dataclass(frozen=True)
class Answer:
    """What the bot answered to a tap; `alert` is a window to be closed, otherwise a passing line."""

    text: str
    alert: bool


@dataclass(frozen=True)
class ChatChange:
    """`kind`: new, edited, deleted, answer, typing, reaction, pinned, unpinned, commands, blocked or chat.

    `message` comes with new, edited and reaction; `message_id` also with deleted, answer and pins;
    `answer` with answer.
    """

    seq: int
    kind: str
    message: ChatMessage | None = None
    message_id: int = 0
    answer: Answer | None = None

    @classmethod
    def from_json(cls, shown: dict[str, Any]) -> ChatChange:
        message = ChatMessage.from_json(shown["message"]) if "message" in shown else None
        answer = shown.get("answer")
        return cls(
            seq=shown["seq"],
            kind=shown["kind"],
            message=message,
            message_id=message.id if message else shown.get("message_id", 0),
            answer=Answer(answer["text"], answer["show_alert"]) if answer else None,
        )


def draw_message(message: ChatMessage) -> str:
    """A bubble: who and when, the text, the file, the keyboard's rows. The person's own are set right."""
    marks = " · edited" if message.edits else ""
    marks += " · pinned" if message.pinned else ""
    moment = datetime.fromtimestamp(message.date, UTC).strftime("%H:%M:%S")
    head = f"{message.sender} · {moment}{marks}"
    lines = [piece for line in message.text.split("\n") for piece in _wrapped(line)]
    if message.document:
        lines.insert(0, f"[file] {message.document}")
    lines += ["  ".join(f"[ {button.text} ]" for button in row) for row in message.buttons]
    size = max(len(line) for line in [head, *lines])
    indent = " " * max(0, WIDTH - size) if message.outgoing else ""
    return "\n".join(f"{indent}│ {line}".rstrip() for line in [head, *lines])


def draw_chat(messages: Sequence[ChatMessage]) -> str:
    """The whole chat, oldest message first, a blank line between bubbles."""
    return "\n\n".join(draw_message(message) for message in messages)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, drop_whitespace=False, replace_whitespace=False) or [""]


def _button(raw: dict[str, Any]) -> Button:
    return Button(
        text=raw["text"],
        data=raw.get("callback_data", ""),
        style=raw.get("style", ""),
        url=raw.get("url", ""),
        copy_text=raw.get("copy_text", {}).get("text", ""),
    )


def _service_text(shown: dict[str, Any]) -> str:
    if "pinned_message" in shown:
        return "pinned a message"
    if "forum_topic_created" in shown:
        return f"began the topic {shown['forum_topic_created']['name']}"
    moved = shown.keys() & {"migrate_to_chat_id", "migrate_from_chat_id"}
    return "the group has become a supergroup" if moved else ""
