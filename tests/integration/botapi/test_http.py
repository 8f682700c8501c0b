"""The server's HTTP face without a Telegram library, and as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from demo.botapi import BotApiServer, Person, PersonError
from tests.integration.botapi.conftest import MASTER, SECONDS, TOKEN


@pytest.fixture
async def http(server: BotApiServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=SECONDS, trust_env=False) as http:
        yield http


async def test_parameters_come_in_all_four_ways(http: httpx.AsyncClient, master: Person) -> None:
    await master.say("/start")
    path = f"/bot{TOKEN}/sendMessage"
    params = {"chat_id": str(MASTER), "text": "hi"}
    answers = [
        await http.get(path, params=params),
        await http.post(path, data=params),
        await http.post(path, json=params),
        await http.post(path, data=params, files={"unused": b"x"}),
    ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["hi"] * 4


async def test_errors_have_telegrams_shape(http: httpx.AsyncClient) -> None:
    answer = await http.get("/bot1:nobody/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (await http.get(f"/bot{TOKEN}/nothing")).status_code == 404
    assert (
        await http.post(f"/bot{TOKEN}/getMe", content="{", headers={"Content-Type": "application/json"})
    ).json()["error_code"] == 400


async def test_a_flood_error_repeats_retry_after_in_the_header(http: httpx.AsyncClient) -> None:
    await http.post("/_/faults", json={"kind": "flood", "methods": ["getMe"], "retry_after": 9})
    answer = await http.get(f"/bot{TOKEN}/getMe")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert answer.json()["parameters"] == {"retry_after": 9}
    await http.post("/_/faults", json={"kind": "html", "status": 413})
    answer = await http.get(f"/bot{TOKEN}/getMe")
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert (await http.post("/_/faults", json={"kind": "nonsense"})).status_code == 400
    assert (await http.delete("/_/faults")).json() == []


async def test_wrong_input_of_the_admin_side_is_named(http: httpx.AsyncClient, master: Person) -> None:
    answer = await http.get("/_/chats/5/messages")
    assert (answer.status_code, answer.text) == (404, "there is no user 5")
    with pytest.raises(PersonError, match="an empty message cannot be sent"):
        await master.say(" ")
    with pytest.raises(PersonError, match="there is no message 99"):
        await master.tap(99, "x")


async def test_another_sites_page_cannot_play_a_person(http: httpx.AsyncClient) -> None:
    body = {"id": 5, "first_name": "Mallory"}
    assert (
        await http.post("/_/users", json=body, headers={"Origin": "http://evil.example"})
    ).status_code == 403
    own = str(http.base_url).rstrip("/")
    assert (await http.post("/_/users", json=body, headers={"Origin": own})).status_code == 200


async def test_the_state_tells_everything(http: httpx.AsyncClient, master: Person) -> None:
    await master.say("/start")
    await http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": MASTER, "text": "one"})
    edit = {"chat_id": MASTER, "message_id": 2, "text": "two"}
    await http.post(f"/bot{TOKEN}/editMessageText", json=edit)
    [chat] = (await http.get("/_/state")).json()["chats"]
    assert [message["text"] for message in chat["messages"]] == ["/start", "two"]
    assert chat["messages"][1]["history"][0]["text"] == "one"


async def test_the_stream_resumes_where_it_broke(http: httpx.AsyncClient, master: Person) -> None:
    before = await master.position()
    await master.say("/start")
    async with http.stream("GET", f"/_/chats/{MASTER}/stream?after={before}") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                assert '"kind": "new"' in line
                break


async def test_a_process_of_its_own_ends_cleanly_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "demo.botapi", "--token", f"{TOKEN},deploy_bot,Deploy", "--user", "1001:Master:master"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), SECONDS)).decode()
    url = line.removeprefix("Local Bot API server and chat page: ").strip()
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False) as http:
        assert (await http.get(f"/bot{TOKEN}/getMe")).json()["result"]["first_name"] == "Deploy"
        waiting = asyncio.create_task(http.get(f"/bot{TOKEN}/getUpdates?timeout=30"))
        await asyncio.sleep(0.2)
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), SECONDS)
        await asyncio.gather(waiting, return_exceptions=True)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("arguments", [("--token", "nonsense"), ("--user", "Master")])
async def test_wrong_usage_is_named(arguments: tuple[str, ...]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.botapi", *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 64
    assert errors.startswith(b"demo.botapi: ")
