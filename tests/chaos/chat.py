"""Master's side of the chat, and what stands in it. Works also while the Bot API server is stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.botapi import BotApiServer, World
from demo.botapi.values import Message
from pipeline.wording.words import KIND, RUN_WORD

TOKEN = "7000000001:AAFakeTokenForLocalTestsOnly0123456789"
MASTER = 1001

_PROGRESS = re.compile(rf"^\S+ ({'|'.join(RUN_WORD.values())}) · ({'|'.join(KIND.values())}) · ")
_RESULT = re.compile(r"^(CRITICAL )?\S+ [A-Z][^·]* · [^·]+$")


@dataclass(frozen=True)
class Told:
    """What the chat holds about a run: ids of its progress cards, texts of its result messages."""

    cards: tuple[int, ...]
    card: str
    results: tuple[str, ...]

    @property
    def critical(self) -> bool:
        return any("CRITICAL" in text for text in self.results)


class Chat:
    def __init__(self, host: str = "127.0.0.1") -> None:
        self.world = World()
        self.world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
        self.world.add_user(MASTER, "Ada")
        self.server = BotApiServer(self.world, host)
        self._tapped: set[str] = set()

    def say(self, text: str) -> None:
        self.world.say(MASTER, text)

    def answer(self, nonce: str) -> None:
        """Taps the first button that carries the nonce, once it is there, and once."""
        if nonce in self._tapped:
            return
        for message in self._of_bot():
            for button in _buttons(message.markup):
                if nonce in button["callback_data"]:
                    self._tapped.add(nonce)
                    self.world.tap(MASTER, message.message_id, button["callback_data"])
                    return

    def of_run(self, run: int) -> Told:
        cards, results, shown = [], [], ""
        about = re.compile(rf"\brun {run}\b")
        for message in self._of_bot():
            if not about.search(message.text):
                continue
            head = message.text.split("\n", 1)[0]
            if _PROGRESS.match(head):
                cards.append(message.message_id)
                shown = message.text
            elif _RESULT.match(head) and "exit code" in message.text:
                results.append(message.text)
        return Told(tuple(cards), shown, tuple(results))

    def newest(self) -> int:
        """Id of the last message, whoever wrote it."""
        return max(self.world.chat(MASTER).messages, default=0)

    def unread(self) -> int:
        """Updates that the bot has not taken yet."""
        return len(self.world.bot(TOKEN).updates.pending(self.world.clock()))

    def as_text(self) -> str:
        lines = []
        for message in self.world.chat(MASTER).messages.values():
            who = f"{message.sender.first_name} {message.message_id}, edited {len(message.edits)} times"
            buttons = " ".join(f"[{button['text']}]" for button in _buttons(message.markup))
            gone = " (deleted)" if message.deleted else ""
            lines.append(f"--- {who}{gone}\n{message.text}\n{buttons}")
        return "\n".join(lines)

    def _of_bot(self) -> list[Message]:
        """Newest first."""
        found = reversed(self.world.chat(MASTER).messages.values())
        return [message for message in found if message.sender.is_bot and not message.deleted]


def _buttons(markup: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    rows = (markup or {}).get("inline_keyboard") or []
    return [button for row in rows for button in row if button.get("callback_data")]
