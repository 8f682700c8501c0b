"""Delivery of updates to webhooks: in order within a chat, chats side by side, retried with backoff."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import aiohttp

from demo.botapi.errors import ApiError
from demo.botapi.incoming import read_reply
from demo.botapi.updates import PendingUpdate
from demo.botapi.values import Bot, Webhook
from demo.botapi.world import World

_log = logging.getLogger(__name__)


class WebhookDelivery:
    """`first_delay` doubles up to `longest_delay` (seconds) while an update of a chat is refused."""

    def __init__(
        self,
        world: World,
        *,
        first_delay: float = 1.0,
        longest_delay: float = 60.0,
        timeout: float = 30.0,
    ) -> None:
        self._world = world
        self._delays = (first_delay, longest_delay)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._woken = asyncio.Event()
        self._listened: set[int] = set()
        self._busy: dict[tuple[int, int], asyncio.Task[None]] = {}

    def look(self) -> None:
        """To be called when a webhook was set, changed or deleted."""
        for bot in self._world.bots.values():
            if bot.webhook and bot.id not in self._listened:
                self._listened.add(bot.id)
                bot.updates.listen(self._woken.set)
        self._woken.set()

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with aiohttp.ClientSession(timeout=self._timeout) as http:
            try:
                while True:
                    await self._woken.wait()
                    self._woken.clear()
                    for bot in self._world.bots.values():
                        if bot.webhook:
                            self._start_deliveries(http, bot, bot.webhook)
            finally:
                tasks = list(self._busy.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _start_deliveries(self, http: aiohttp.ClientSession, bot: Bot, webhook: Webhook) -> None:
        for update in bot.updates.pending(self._world.clock()):
            key = (bot.id, update.chat_id)
            if key not in self._busy and len(self._busy) < webhook.max_connections:
                self._busy[key] = asyncio.create_task(self._deliver(http, bot, webhook, update))

    async def _deliver(
        self, http: aiohttp.ClientSession, bot: Bot, webhook: Webhook, update: PendingUpdate
    ) -> None:
        delay, longest = self._delays
        try:
            while bot.webhook is webhook and update in bot.updates.pending(self._world.clock()):
                problem = await self._attempt(http, bot, webhook, update)
                if not problem:
                    bot.updates.forget(update.update_id)
                    return
                webhook.last_error, webhook.last_error_date = problem, self._world.now()
                await asyncio.sleep(delay)
                delay = min(delay * 2, longest)
        finally:
            del self._busy[bot.id, update.chat_id]
            self._woken.set()

    async def _attempt(
        self, http: aiohttp.ClientSession, bot: Bot, webhook: Webhook, update: PendingUpdate
    ) -> str:
        """Empty when it was taken, else what went wrong in the words of getWebhookInfo."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with http.post(webhook.url, json=update.as_api(), headers=headers) as response:
                if not 200 <= response.status < 300:
                    return f"Wrong response from the webhook: {response.status} {response.reason}"
                with suppress(ApiError):  # a body that is no method call is none of Telegram's business
                    await self._carry_out(bot, response)
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError as error:
            return f"Connection failed: {error}"
        return ""

    async def _carry_out(self, bot: Bot, response: aiohttp.ClientResponse) -> None:
        params, files = await read_reply(response)
        method = str(params.pop("method", ""))
        if not method:
            return
        try:
            self._world.call_as(bot, method, params, files)
        except ApiError as error:
            _log.warning("%s in a webhook's answer was refused: %s", method, error)
