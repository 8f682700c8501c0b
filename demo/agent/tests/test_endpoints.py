import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from inmemory import Clock, Memory, Messages

from server_agent.endpoints import BIGGEST_BODY, SECRET_HEADER, Endpoints
from server_agent.errors import DatabaseAwayError, SchemaBehindError
from server_agent.health import Pulse
from server_agent.settings import read_settings

UPDATE = {"update_id": 1, "message": {"chat": {"id": 5}, "text": "hi"}}


@asynccontextmanager
async def client_of(memory: Memory, **env: str) -> AsyncIterator[TestClient[Request, Application]]:
    worker, scheduler = Pulse(Clock(), 30), Pulse(Clock(), 30)
    worker.ok(done=3)
    scheduler.ok()
    endpoints = Endpoints(
        read_settings({"APP_VERSION": "1.2", "TOKEN_BUDGET": "500", **env}),
        memory,
        Messages(enabled=False),
        worker=worker,
        scheduler=scheduler,
    )
    async with TestClient(TestServer(endpoints.application())) as client:
        yield client


async def test_live_needs_nothing_but_the_process() -> None:
    async with client_of(Memory(trouble=[DatabaseAwayError("away")])) as client:
        answer = await client.get("/live")
        assert (answer.status, await answer.json()) == (200, {"status": "ok", "version": "1.2"})


async def test_health_has_an_entry_for_each_part() -> None:
    async with client_of(Memory()) as client:
        answer = await client.get("/health")
        body = await answer.json()
    assert (answer.status, body["status"], body["version"]) == (200, "ok", "1.2")
    assert {name: check["status"] for name, check in body["checks"].items()} == {
        "database": "ok",
        "telegram": "disabled",
        "reactive_worker": "ok",
        "proactive_scheduler": "ok",
    }
    assert body["checks"]["database"]["latency_ms"] >= 0
    assert body["checks"]["reactive_worker"]["done"] == 3


async def test_health_is_503_without_the_schema() -> None:
    async with client_of(Memory(trouble=[SchemaBehindError("the schema lacks migration 3")])) as client:
        answer = await client.get("/health")
        body = await answer.json()
    assert (answer.status, body["status"]) == (503, "down")
    assert body["checks"]["database"] == {"status": "down", "detail": "the schema lacks migration 3"}


async def test_health_answers_whatever_the_database_does() -> None:
    async with client_of(Memory(trouble=[ValueError("odd")])) as client:
        answer = await client.get("/health")
        body = await answer.json()
    assert answer.status == 503
    assert body["checks"]["database"]["detail"] == "ValueError; the log has the details"


async def test_stats() -> None:
    async with client_of(Memory()) as client:
        await client.post("/webhook", json=UPDATE)
        answer = await client.get("/stats")
        body = await answer.json()
    assert answer.status == 200
    assert body.pop("uptime_seconds") >= 0
    assert body == {
        "version": "1.2",
        "messages": {"received": 1, "answered": 0, "queued": 1},
        "cycles": 0,
        "token_budget": {"used": 0, "limit": 500},
    }


@pytest.mark.parametrize(
    ("trouble", "status", "error"),
    [
        (DatabaseAwayError("PostgreSQL is away"), 503, "PostgreSQL is away"),
        (ValueError("secret detail"), 500, "internal error; the log has the details"),
    ],
)
async def test_stats_that_cannot_be_read(trouble: Exception, status: int, error: str) -> None:
    async with client_of(Memory(stats_trouble=trouble)) as client:
        answer = await client.get("/stats")
        assert (answer.status, await answer.json()) == (status, {"error": error})


async def test_a_message_is_queued_once() -> None:
    memory = Memory()
    async with client_of(memory) as client:
        first = await client.post("/webhook", json=UPDATE)
        second = await client.post("/webhook", json=UPDATE)
        assert (first.status, await first.json()) == (200, {"status": "queued", "update_id": 1})
        assert (second.status, await second.json()) == (200, {"status": "duplicate", "update_id": 1})
    assert [message.text for message in memory.queue] == ["hi"]


async def test_updates_without_text_are_accepted_and_ignored() -> None:
    memory = Memory()
    async with client_of(memory) as client:
        answer = await client.post("/webhook", json={"update_id": 1, "poll": {}})
        assert (answer.status, await answer.json()) == (200, {"status": "ignored"})
    assert memory.queue == []


async def test_what_the_webhook_refuses_is_json_with_a_reason() -> None:
    async with client_of(Memory()) as client:
        bad = await client.post("/webhook", data=b"{")
        assert (bad.status, await bad.json()) == (400, {"error": "the body is not JSON"})
        big = await client.post("/webhook", data=json.dumps({"pad": "x" * BIGGEST_BODY}))
        assert (big.status, await big.json()) == (413, {"error": "the body is larger than 65536 bytes"})
        wrong = await client.get("/webhook")
        assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
        nowhere = await client.get("/nowhere")
        assert (nowhere.status, await nowhere.json()) == (404, {"error": "Not Found"})


async def test_nothing_is_lost_while_the_database_is_away() -> None:
    async with client_of(Memory(trouble=[DatabaseAwayError("away")])) as client:
        answer = await client.post("/webhook", json=UPDATE)
        assert answer.status == 503  # Telegram delivers it again


@pytest.mark.parametrize(("given", "status"), [("right", 200), ("wrong", 401), ("", 401), ("ré", 401)])
async def test_a_secret_is_demanded_when_one_is_set(given: str, status: int) -> None:
    async with client_of(Memory(), AGENT_WEBHOOK_SECRET="right") as client:
        answer = await client.post("/webhook", json=UPDATE, headers={SECRET_HEADER: given})
        assert answer.status == status
