"""What the agent answers. Pure: text and figures in, text out."""

from __future__ import annotations

from .stats import Stats

GREETING = "Hello from Server Agent."
LONGEST_ANSWER = 4096  # Telegram's limit for a message, in code points

COMMANDS = {
    "/ping": "is somebody there",
    "/version": "which release answers",
    "/stats": "messages, cycles and tokens",
    "/help": "this list",
}


def command_of(text: str) -> str | None:
    """The command in lower case without arguments and bot name, or None for ordinary text."""
    if not text.startswith("/"):
        return None
    return text.split(maxsplit=1)[0].split("@", 1)[0].lower()


def reply(text: str, *, version: str, stats: Stats | None) -> str:
    """The answer to `text`. `stats` is needed for /stats only; None means that they could not be read."""
    match command_of(text):
        case None:
            answer = f"You said: {text}" if text.strip() else "You said nothing."
        case "/ping":
            answer = "pong"
        case "/version":
            answer = f"Server Agent {version}"
        case "/stats":
            answer = _figures(stats)
        case "/start" | "/help":
            answer = "\n".join([GREETING, *(f"{name} – {what}" for name, what in COMMANDS.items())])
        case unknown:
            answer = f"I do not know {unknown}. Try /help."
    return answer if len(answer) <= LONGEST_ANSWER else answer[: LONGEST_ANSWER - 1] + "…"


def _figures(stats: Stats | None) -> str:
    if stats is None:
        return "I cannot read my figures at the moment."
    return (
        f"{stats.received} messages received, {stats.answered} answered, {stats.queued} waiting.\n"
        f"{stats.cycles} cycles, {stats.tokens_used} tokens used today."
    )
