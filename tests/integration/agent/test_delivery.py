"""How answers reach a chat: the agent, PostgreSQL and a Bot API on loopback that refuses on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.agent_process import PATIENCE, AgentProcess, running_agent
from tests.postgres_server import PostgresServer

TOKEN = "700700:made-up-for-this-test"


class BotApi:
    """Answers getMe, keeps what sendMessage is given, and refuses as `refusals` say, one by one."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, int, str]] = []
        self.refusals: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == f"/bot{TOKEN}/getMe":
            return web.json_response({"ok": True, "result": {"username": "agent_bot"}})
        assert request.path == f"/bot{TOKEN}/sendMessage"
        if self.refusals:
            refusal = self.refusals.pop(0)
            return web.json_response({"ok": False, **refusal}, status=refusal["error_code"])
        body = await request.json()
        self.sent.append((time.monotonic(), body["chat_id"], body["text"]))
        return web.json_response({"ok": True, "result": {"message_id": 1}})


@asynccontextmanager
async def agent_with(postgres: PostgresServer, folder: Path, api: BotApi) -> AsyncIterator[AgentProcess]:
    app = web.Application()
    app.router.add_post("/{path:.*}", api.handle)
    async with (
        TestServer(app) as server,
        running_agent(
            postgres, folder, AGENT_TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=str(server.make_url("/"))
        ) as agent,
    ):
        yield agent


async def deliveries(agent: AgentProcess) -> list[tuple[str | None, int, str | None]]:
    async with agent.database() as database:
        rows = await database.fetch(
            "SELECT delivery, attempts, refused_because FROM messages ORDER BY update_id"
        )
    return [(row["delivery"], row["attempts"], row["refused_because"]) for row in rows]


def settled(rows: list[tuple[str | None, int, str | None]]) -> bool:
    return all(delivery not in (None, "waiting") for delivery, _, _ in rows)


async def when_none_waits(agent: AgentProcess) -> list[tuple[str | None, int, str | None]]:
    deadline = time.monotonic() + PATIENCE
    while not settled(now := await deliveries(agent)):
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.05)
    return now


async def test_answers_are_sent_to_the_chat_they_belong_to(postgres: PostgresServer, tmp_path: Path) -> None:
    api = BotApi()
    async with agent_with(postgres, tmp_path, api) as agent:
        assert (await agent.json("/health"))["checks"]["telegram"] == {"status": "ok", "bot": "agent_bot"}
        await agent.say(1, "/ping", chat_id=11)
        await agent.say(2, "hello", chat_id=-22)
        await agent.when_answered(2)
        assert await when_none_waits(agent) == [("sent", 1, None)] * 2
    assert [(chat, text) for _, chat, text in api.sent] == [(11, "pong"), (-22, "You said: hello")]


async def test_flood_control_is_obeyed_and_a_blocked_chat_given_up(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    api = BotApi()
    async with agent_with(postgres, tmp_path, api) as agent:
        api.refusals = [
            {"error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}},
        ]
        begin = time.monotonic()
        await agent.say(1, "/ping")
        assert await when_none_waits(agent) == [("sent", 2, None)]
        assert api.sent[0][0] - begin >= 3
        api.refusals = [{"error_code": 403, "description": "Forbidden: bot was blocked by the user"}]
        await agent.say(2, "/ping")
        await agent.when_answered(2)
        blocked = "Telegram refused: Forbidden: bot was blocked by the user"
        assert await when_none_waits(agent) == [("sent", 2, None), ("refused", 1, blocked)]
        assert (await agent.json("/health"))["status"] == "ok"
        assert len(api.sent) == 1


async def test_a_telegram_that_is_away_degrades_but_messages_are_still_answered(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path) as well:
        settings = {
            **well.environment,
            "AGENT_TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": "http://127.0.0.1:1",
        }
        await well.stop()
        agent = AgentProcess(settings, tmp_path / "away.log")
        try:
            await agent.start()
            health = await agent.when("/health", lambda body: body["status"] == "degraded")
            assert health["checks"]["telegram"]["status"] == "degraded"
            await agent.say(1, "/ping")
            await agent.when_answered(1)
            assert TOKEN not in agent.log + str(await agent.json("/health"))
        finally:
            await agent.stop()
