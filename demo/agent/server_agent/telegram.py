"""The Telegram edge: sends answers and asks whether the bot is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import aiohttp

from .errors import DeliveryError
from .health import Check

SECONDS = 5.0
CHECK_LASTS_SECONDS = 30.0


class Telegram:
    """One bot at `api_url`; without a token it is disabled. `clock` gives monotonic seconds."""

    def __init__(self, api_url: str, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.enabled = bool(token)
        self._methods = f"{api_url}/bot{token}"
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._checked_at: float | None = None
        self._check = Check(status="disabled", details={"detail": "AGENT_TELEGRAM_TOKEN is not set"})

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, chat_id: int, text: str) -> None:
        """Sends `text` without formatting. Raises `DeliveryError`."""
        await self._call("sendMessage", {"chat_id": chat_id, "text": text})

    async def check(self) -> Check:
        """What getMe said, at most half a minute ago."""
        if not self.enabled:
            return self._check
        now = self._clock()
        if self._checked_at is None or now - self._checked_at > CHECK_LASTS_SECONDS:
            self._checked_at = now
            try:
                me = await self._call("getMe", {})
            except DeliveryError as error:
                self._check = Check(status="degraded", details={"detail": str(error)})
            else:
                self._check = Check(status="ok", details={"bot": me.get("username")})
        return self._check

    async def _call(self, method: str, arguments: dict[str, object]) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        try:
            async with self._session.post(f"{self._methods}/{method}", json=arguments) as response:
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The text of an aiohttp error may hold the address, and the address holds the token.
            raise DeliveryError(f"Telegram cannot be reached ({type(error).__name__})", 0) from None
        if not isinstance(body, dict):
            raise DeliveryError("Telegram's answer is not an object", 0)
        if body.get("ok"):
            result = body.get("result")
            return result if isinstance(result, dict) else {}
        raise refusal(body)


def refusal(body: dict[str, Any]) -> DeliveryError:
    """The error for an answer that is not ok: flood control and server errors pass, the rest is final."""
    code = body.get("error_code", 0)
    reason = f"Telegram refused: {body.get('description', 'no reason given')}"
    if code == 429:
        return DeliveryError(reason, float(body.get("parameters", {}).get("retry_after", 1)))
    # 401 and 404 mean a wrong token: once it is put right, the answer can still go out.
    passing = code in (401, 404) or code >= 500 or code == 0
    return DeliveryError(reason, 0 if passing else None)
