"""Networks of a run's own: gone in any case, also with somebody in them."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import docker
import pytest

from pipeline.containers import networks
from pipeline.containers.engine import Engine


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


async def test_what_a_killed_worker_left_is_replaced_or_swept(engine: Engine, images: Any) -> None:
    run = secrets.randbelow(10**9)
    network, client = f"vnext-test-run-{run}-network", docker.from_env()
    async with networks.private(engine, network, run=run, project="vnext-test") as subnets:
        assert len(subnets) == 1
        [made] = client.networks.list(names=[network])
        assert made.attrs["Internal"] is True
        left = client.containers.run(images.postgres, ["sleep", "60"], network=network, detach=True)
        try:
            async with networks.private(engine, network, run=run, project="vnext-test"):
                assert [n.id for n in client.networks.list(names=[network])] != [made.id]
                assert await networks.remove_networks(engine, "another", run) == []
                assert await networks.remove_networks(engine, "vnext-test", run + 1) == []
                assert await networks.remove_networks(engine, "vnext-test", run) == [network]
            assert client.networks.list(names=[network]) == []
        finally:
            left.remove(force=True, v=True)
            client.close()


REACH = """
import socket, sys
for address in sys.argv[1:]:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print("reached", address)
    except OSError:
        pass
"""


async def test_from_a_sealed_network_neither_this_machine_nor_production_is_reached(
    engine: Engine, images: Any
) -> None:
    run, client = secrets.randbelow(10**9), docker.from_env()
    name = f"vnext-test-run-{run}-network"
    serving = await asyncio.start_server(lambda _, writer: writer.close(), "0.0.0.0", 0)  # noqa: S104 - on purpose
    here = serving.sockets[0].getsockname()[1]
    web = ["python", "-m", "http.server", "8000"]
    outside = client.containers.run(images.python, web, detach=True)
    try:
        outside.reload()
        bridge = outside.attrs["NetworkSettings"]
        async with networks.private(engine, name, run=run, project="vnext-test", sealed=True) as [subnet]:
            gateway = str(next(ipaddress.ip_network(subnet).hosts()))
            inside = client.containers.run(
                images.python, web, network=name, hostname="peer", detach=True, dns=["127.0.0.1"]
            )
            try:
                addresses = [
                    *(f"{host}:{here}" for host in (gateway, bridge["Gateway"], socket.gethostname())),
                    f"{bridge['IPAddress']}:8000",
                    f"{client.api.inspect_container(inside.id)['Config']['Hostname']}:8000",
                ]
                deadline = time.monotonic() + 60
                done = None
                while time.monotonic() < deadline:  # until its own server is up
                    done = await asyncio.to_thread(inside.exec_run, ["python", "-c", REACH, *addresses])
                    if done.output:
                        break
                assert done is not None
                assert done.output.decode().split() == ["reached", "peer:8000"]
            finally:
                inside.remove(force=True, v=True)
    finally:
        serving.close()
        outside.remove(force=True, v=True)
        client.close()
