"""getUpdates with a time-out: one waiting poll a bot, the newer one wins."""

from __future__ import annotations

import asyncio
from typing import Any

from demo.botapi.errors import OTHER_POLLER, ApiError, conflict
from demo.botapi.params import Call
from demo.botapi.world import World

MAX_SECONDS = 50


class LongPolls:
    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def get_updates(self, call: Call) -> list[dict[str, Any]]:
        """Answers at once when there is something or `timeout` is 0; otherwise ends an older poll and waits.

        Raises ApiError 409 when a newer poll or setWebhook ends this one.
        """
        found = self._take(call)
        seconds = call.integer("timeout", 0, 0, MAX_SECONDS)
        if found or not seconds:
            return found
        self.end(call.bot.id, conflict(OTHER_POLLER))
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[call.bot.id] = poll
        stop = call.bot.updates.listen(lambda: None if poll.done() else poll.set_result(None))
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return []
        finally:
            stop()
            if self._waiting.get(call.bot.id) is poll:
                del self._waiting[call.bot.id]
        return self._take(call)

    def end(self, bot_id: int, error: ApiError) -> None:
        """Ends the bot's waiting poll, if there is one, with this error."""
        poll = self._waiting.pop(bot_id, None)
        if poll is not None and not poll.done():
            poll.set_exception(error)

    def _take(self, call: Call) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._world.call_as(call.bot, "getupdates", call.params, {})
        return found
