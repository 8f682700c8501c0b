"""Probes against a real server on the loopback."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from pipeline.probe import Answer, Unreachable, get_json
from pipeline.probe.http import BODY_BYTES


async def health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def broken(_: web.Request) -> web.Response:
    return web.json_response({"status": "degraded"}, status=503)


async def page(_: web.Request) -> web.Response:
    return web.Response(text="<html>" + "é" * 1000, content_type="text/html")


async def huge(_: web.Request) -> web.Response:
    return web.Response(text='"' + "x" * (BODY_BYTES + 1) + '"', content_type="application/json")


async def deep(_: web.Request) -> web.Response:
    return web.Response(text="[" * 200_000, content_type="application/json")


async def elsewhere(_: web.Request) -> web.Response:
    raise web.HTTPFound("/health")


async def hanging(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    app = web.Application()
    for handler in (health, broken, page, huge, deep, elsewhere, hanging, endless):
        app.router.add_get(f"/{handler.__name__}", handler)
    async with TestServer(app, host="127.0.0.1", shutdown_timeout=0.1) as running:
        yield running


async def ask(server: BaseTestServer, path: str, timeout: float = 5) -> Answer | Unreachable:
    return await get_json(str(server.make_url(path)), timeout=timeout)


async def test_json(server: BaseTestServer) -> None:
    answer = await ask(server, "/health")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.json, answer.text_head) == (200, {"status": "ok"}, '{"status": "ok"}')
    assert 0 <= answer.milliseconds < 5000


async def test_an_error_status_is_an_answer(server: BaseTestServer) -> None:
    answer = await ask(server, "/broken")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.json) == (503, {"status": "degraded"})


async def test_no_json(server: BaseTestServer) -> None:
    answer = await ask(server, "/page")
    assert isinstance(answer, Answer)
    assert (answer.json, answer.text_head) == (None, "<html>" + "é" * 494)


@pytest.mark.parametrize("path", ["/huge", "/deep"])
async def test_a_hostile_body_is_not_parsed(server: BaseTestServer, path: str) -> None:
    answer = await ask(server, path)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.json, len(answer.text_head)) == (200, None, 500)


async def test_redirects_are_not_followed(server: BaseTestServer) -> None:
    answer = await ask(server, "/elsewhere")
    assert isinstance(answer, Answer)
    assert answer.status == 302


@pytest.mark.parametrize("path", ["/hanging", "/endless"])
async def test_the_time_out_bounds_the_whole_answer(server: BaseTestServer, path: str) -> None:
    assert await ask(server, path, timeout=0.3) == Unreachable("no answer within 0.3 s")


async def test_nobody_listens(unused_tcp_port: int) -> None:
    found = await get_json(f"http://127.0.0.1:{unused_tcp_port}/health", timeout=5)
    assert isinstance(found, Unreachable)
    assert found.reason.startswith("connection failed")


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "health", "http://[", "http://127.0.0.1:99999/", "http://\x00/"]
)
async def test_an_address_that_is_none(url: str) -> None:
    assert isinstance(await get_json(url, timeout=5), Unreachable)


async def test_what_answers_is_no_http() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as mail:
        port = mail.sockets[0].getsockname()[1]
        found = await get_json(f"http://127.0.0.1:{port}/", timeout=5)
    assert isinstance(found, Unreachable)
    assert found.reason.startswith("what answered does not speak HTTP properly")


async def test_a_connection_that_breaks_off() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as short:
        port = short.sockets[0].getsockname()[1]
        assert isinstance(await get_json(f"http://127.0.0.1:{port}/", timeout=5), Unreachable)
