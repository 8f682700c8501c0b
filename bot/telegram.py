"""Calls to Telegram: one attempt each, and what its answer means for who called.

NotNow          try again after some seconds
├── TooFast     Telegram asked to wait so long
├── Unwelcome   the chat takes no messages, not even text: blocked, or never started
└── Moved       the group is a supergroup with another id now
Gone            the message is no longer there, or cannot be edited
Unsendable      Telegram refuses this content, or the chat this kind; trying again would not help
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bot.health import Health, Part
from pipeline.model.errors import ConfigurationError
from pipeline.settings import BotSettings

CALL_SECONDS = 15
UNWELCOME_SECONDS = 30.0
_FIRST_DELAY = 0.5
_TOO_LARGE = "413 Request Entity Too Large"  # as a proxy in between says it
_LONGEST_DELAY = 30.0
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)

_TAKES_NOTHING = (
    "chat not found",
    "not enough rights to send text messages",
    "have no rights to send a message",
    "have no write access to the chat",
    "chat_send_plain_forbidden",
)
_IS_GONE = ("message to edit not found", "message_id_invalid", "can't be edited", "no text in the")
_OF_ONE_KIND = re.compile(r"chat_send_(?!plain_)\w+_forbidden")
"""Telegram's words, in lower case. A group may take text and refuse pictures or files."""

log = structlog.get_logger()


class NotNow(Exception):
    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"{reason}; again in {seconds:.1f} s")
        self.seconds = seconds
        self.reason = reason


class TooFast(NotNow):
    pass


class Unwelcome(NotNow):
    pass


class Moved(NotNow):
    """`chat` is the supergroup's id."""

    def __init__(self, chat: int) -> None:
        super().__init__(0.0, f"the group is the supergroup {chat} now")
        self.chat = chat


class Gone(Exception):
    pass


class Unsendable(Exception):
    pass


def connect(settings: BotSettings) -> Bot:
    proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy else None
    api = TelegramAPIServer.from_base(settings.telegram_api_url)
    return Bot(
        settings.telegram_api_token.get_secret_value(),
        session=AiohttpSession(proxy=proxy, api=api, timeout=CALL_SECONDS),
    )


class Backoff:
    """Seconds to wait after each failure in a row: doubled up to thirty, with jitter."""

    def __init__(self, first: float = _FIRST_DELAY, longest: float = _LONGEST_DELAY) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> float:
        delay = min(self._first * 2.0 ** min(self._failures, 16), self._longest)
        self._failures += 1
        return delay * random.uniform(0.75, 1.0)  # noqa: S311 - jitter is no secret


class Telegram:
    """`health` is told how polling and sending fare; of chats that take no messages, only where that
    `matters`, as with a home chat; `now` gives the id that a chat has by now. `answered_at` is when Telegram
    last did what was asked (monotonic seconds).

    Who is refused with TooFast waits; other calls, such as the answer to a tap, are not held up by that.
    """

    def __init__(
        self,
        bot: Bot,
        health: Health,
        matters: Callable[[int], bool] = lambda _chat: True,
        now: Callable[[int], int] = int,
    ) -> None:
        self.bot = bot
        self._health = health
        self._matters = matters
        self._now = now
        self._polling, self._sending = Backoff(), Backoff()
        self._welcome: dict[int, asyncio.Event] = {}
        self._shut: set[int] = set()
        self._shapes: dict[type[TelegramMethod[Any]], object] = {}
        self.answered_at = 0.0

    def welcome(self, chat: int) -> asyncio.Event:
        """Set when the chat is known to take messages."""
        return self._welcome.setdefault(chat, asyncio.Event())

    def heard(self, chat: int) -> None:
        """Somebody who is answered wrote there, so the chat takes messages."""
        self._got_through(self._health.sending, chat)
        self.welcome(chat).set()

    async def call(self, method: TelegramMethod[Any], *, wait: int = 0, seconds: int = CALL_SECONDS) -> Any:
        """The result, as aiogram's value or, where aiogram does not know its shape, as JSON.

        `wait` is how many seconds Telegram may hold the call, `seconds` how long it may take besides. Raises
        NotNow, Unwelcome, Moved, Gone, Unsendable, and ConfigurationError for a token that Telegram does not
        know.
        """
        part = self._health.polling if wait else self._health.sending
        # Nobody else holds the class of an answer's shape, and to make it anew takes milliseconds.
        self._shapes[type(method)] = Response.__class_getitem__(method.__returning__)
        try:
            result = await self.bot(method, request_timeout=wait + seconds)
        except ClientDecodeError as error:
            if isinstance(error.data, dict) and error.data.get("ok"):
                result = error.data["result"]
            elif _TOO_LARGE in str(error.data):
                raise Unsendable(_TOO_LARGE) from error
            else:
                raise self._failed(part, "Telegram's answer is no JSON") from error
        except TelegramAPIError as error:
            raise self._translated(part, error, _chat_of(method)) from error
        except (OSError, TimeoutError, *_PROXY_ERRORS) as error:
            raise self._failed(part, f"{type(error).__name__}: {error}") from error
        self._backoff(part).succeeded()
        self.answered_at = time.monotonic()
        self._got_through(part, _chat_of(method))
        return result

    def _got_through(self, part: Part, chat: int) -> None:
        """That another chat takes messages does not mend a home chat."""
        if part is self._health.sending and self._shut:
            self._shut = {shut for shut in self._shut if self._now(shut) != self._now(chat)}
            if self._shut:
                return
            self._health.shut = None
        part.ok()

    def _backoff(self, part: Part) -> Backoff:
        return self._polling if part is self._health.polling else self._sending

    def _translated(self, part: Part, error: TelegramAPIError, chat: int) -> Exception:
        match error:
            case TelegramMigrateToChat(migrate_to_chat_id=new):
                part.ok()
                return Moved(new)
            case TelegramRetryAfter(retry_after=seconds):
                part.ok()
                return TooFast(float(seconds), "Telegram asks to write less often")
            case TelegramUnauthorizedError():
                return ConfigurationError(
                    "TELEGRAM_API_TOKEN",
                    f"refused by Telegram ({error.message})",
                    "the token of a bot that exists, as BotFather shows it",
                )
            case TelegramEntityTooLarge():
                part.ok()
                return Unsendable(error.message)
            case TelegramForbiddenError() if _OF_ONE_KIND.search(error.message.lower()):
                return Unsendable(error.message)
            case TelegramForbiddenError():
                return self._unwelcome(error.message, chat)
            case TelegramBadRequest():
                return self._bad_request(error.message, chat)
            case _:
                return self._failed(part, error.message)

    def _bad_request(self, message: str, chat: int) -> Exception:
        text = message.lower()
        if any(words in text for words in _TAKES_NOTHING):
            return self._unwelcome(message, chat)
        if any(words in text for words in _IS_GONE):
            return Gone(message)
        return Unsendable(message)

    def _unwelcome(self, message: str, chat: int) -> Unwelcome:
        self.welcome(chat).clear()
        if self._matters(chat):
            self._shut.add(chat)
            self._health.shut = message
            self._health.sending.failed(f"the home chat takes no messages: {message}")
        log.warning("chat_unwelcome", chat=chat, problem=message)
        return Unwelcome(UNWELCOME_SECONDS, message)

    def _failed(self, part: Part, reason: str) -> NotNow:
        delay = self._backoff(part).failed()
        token = self.bot.token
        said = reason.replace(token, "***")
        part.failed(said)
        log.warning("telegram_failed", problem=said, seconds=round(delay, 1))
        return NotNow(delay, said)


def _chat_of(method: TelegramMethod[Any]) -> int:
    """The chat that the call is about; 0 where it is about none."""
    scope = getattr(method, "scope", None)
    chat = getattr(method, "chat_id", None) or getattr(scope, "chat_id", None)
    return chat if isinstance(chat, int) else 0
