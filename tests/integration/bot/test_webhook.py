"""A signed delivery brings the prompt at once; all that is wrong with one is refused and brings nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.health import Health
from bot.http import Endpoint, listening
from bot.webhook import APART_SECONDS, BODY_BYTES, Webhook
from pipeline.store.remote_moved import REMOTE_MOVED
from tests.integration.bot.house import PATIENCE, House, furnished
from tests.integration.bot.test_hook import NEVER
from tests.journal_news import heard
from tests.ports import free_port

SECRET = "a secret of the forge"
MAIN = {"ref": "refs/heads/main"}


@pytest.fixture
async def hooked_house(tmp_path: Path, postgres: object) -> AsyncIterator[House]:
    """The bot has looked at the remote once and will not do so again by itself."""
    async with furnished(tmp_path, postgres, git_poll_seconds=NEVER, webhook_secret=SECRET) as house:
        house.start()
        await house.master.say("/start")
        await house.read("What I can do")
        await house.first_look()
        yield house


async def _deliver(
    house: House | int, forge: str, told: object = MAIN, *, body: bytes | None = None, **headers: str
) -> httpx.Response:
    """As the forge does; `headers` with _ for - take the place of its own."""
    sent = json.dumps(told).encode() if body is None else body
    digest = hmac.new(SECRET.encode(), sent, hashlib.sha256).hexdigest()
    own = {
        "github": {"x-github-event": "push", "x-hub-signature-256": f"sha256={digest}"},
        "gitlab": {"x-gitlab-event": "Push Hook", "x-gitlab-token": SECRET},
        "gitea": {"x-gitea-event": "push", "x-gitea-signature": digest},
    }[forge]
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    port = house.settings.bot_http_port if isinstance(house, House) else house
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        return await client.post(
            f"http://127.0.0.1:{port}/webhook/{forge}",
            content=sent,
            headers={"content-type": "application/json", **own, **given},
        )


async def test_a_signed_push_brings_the_prompt(hooked_house: House) -> None:
    house = hooked_house
    for forge in ("github", "gitlab", "gitea"):
        sha = house.remote.push(f"Pushed to {forge}")
        answer = await _deliver(house, forge, {**MAIN, "after": sha})
        assert (answer.status_code, answer.text) == (202, "The bot looks at the remote now.\n")
        await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
        again = await _deliver(house, forge, {**MAIN, "after": sha})
        assert (again.status_code, again.text) == (200, "This delivery was taken before.\n")


async def test_what_is_wrong_is_refused_and_wakes_nobody(hooked_house: House) -> None:
    house = hooked_house
    port = house.settings.bot_http_port
    await heard(house.store)
    async with house.store.news.subscribe(REMOTE_MOVED) as moved:
        for forge in ("github", "gitlab", "gitea"):
            wrong = {
                "x_hub_signature_256": "sha256=" + "0" * 64,
                "x_gitlab_token": "another",
                "x_gitea_signature": "0" * 64,
            }
            answer = await _deliver(house, forge, **wrong)
            assert (answer.status_code, answer.text) == (401, "The signature does not fit.\n")
            assert (await _deliver(house, forge, body=b"{")).status_code == 400
            other = await _deliver(house, forge, {"ref": "refs/heads/other"})
            assert other.status_code == 202
            assert "Nothing to do" in other.text
        assert (await _deliver(house, "github", x_github_event="ping")).status_code == 200
        form = await _deliver(house, "github", content_type="application/x-www-form-urlencoded")
        assert form.status_code == 415
        assert (await _deliver(house, "gitea", body=b" " * (BODY_BYTES + 1))).status_code == 413
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert (await client.get("/webhook/github")).status_code == 405
            assert (await client.post("/webhook/other")).status_code == 404

            async def endless() -> AsyncIterator[bytes]:
                for _ in range(BODY_BYTES // 65536 + 2):
                    yield b" " * 65536

            assert (await client.post("/webhook/github", content=endless())).status_code == 413
        assert not await moved.wait(0.5)
    rows = await house.store.pool.fetchval("SELECT count(*) FROM webhook_deliveries")
    assert rows == 0


async def test_a_flood_of_deliveries_brings_few_looks_and_old_ones_are_forgotten(hooked_house: House) -> None:
    house = hooked_house
    await house.store.pool.execute(
        "INSERT INTO webhook_deliveries VALUES ($1, 'gitea', 'old', now() - interval '8 days')",
        house.project.id,
    )
    began, woken = time.monotonic(), 0
    await heard(house.store)
    async with house.store.news.subscribe(REMOTE_MOVED) as moved:
        sent = [_deliver(house, "gitea", x_gitea_delivery=str(number)) for number in range(60)]
        flood = asyncio.ensure_future(asyncio.gather(*sent))
        while not flood.done() or await moved.wait(2 * APART_SECONDS):
            woken += await moved.wait(0.05) if not flood.done() else 1
        assert {answer.status_code for answer in flood.result()} == {202}
    assert 1 <= woken <= 2 + (time.monotonic() - began) / APART_SECONDS
    kept = await house.store.pool.fetch("SELECT delivery FROM webhook_deliveries")
    assert sorted(int(row[0]) for row in kept) == list(range(60))


async def test_without_a_secret_there_are_no_webhooks(house: House) -> None:
    assert (await _deliver(house, "github")).status_code == 404


async def test_a_body_that_does_not_come_is_waited_for_only_so_long() -> None:
    async with _served(Webhook(SECRET.encode(), {"main"}, read_seconds=0.2)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /webhook/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\n{")
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_while_the_journal_is_away_the_forge_is_told_to_come_again() -> None:
    async with _served(Webhook(SECRET.encode(), {"main"})) as port:
        answer = await _deliver(port, "github")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@contextlib.asynccontextmanager
async def _served(webhook: Webhook) -> AsyncIterator[int]:
    """Its port; it knows no journal."""
    port = free_port()
    async with listening(Endpoint(Health()), "127.0.0.1", port, webhook.routes()):
        yield port
