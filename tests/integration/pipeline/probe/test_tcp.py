import asyncio
import socket

import pytest

from pipeline.probe import Connected, Unreachable, connect


async def test_connected() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        found = await connect("127.0.0.1", server.sockets[0].getsockname()[1], timeout=5)
    assert isinstance(found, Connected)
    assert 0 <= found.milliseconds < 5000


async def test_refused(unused_tcp_port: int) -> None:
    found = await connect("127.0.0.1", unused_tcp_port, timeout=5)
    assert isinstance(found, Unreachable)
    assert "refused" in found.reason.lower() or "connect call failed" in found.reason.lower()


async def test_a_full_queue_runs_into_the_time_out() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(server.getsockname())
            await asyncio.sleep(0.1)
            found = await connect("127.0.0.1", server.getsockname()[1], timeout=0.3)
        finally:
            for one in waiting:
                one.close()
    assert found == Unreachable("no connection within 0.3 s")


@pytest.mark.parametrize(("host", "port"), [("name.invalid", 80), ("127.0.0.1", 70000), ("", 0)])
async def test_a_place_that_is_none(host: str, port: int) -> None:
    assert isinstance(await connect(host, port, timeout=5), Unreachable)
