"""Networks of a run's own: gone in any case, also with somebody in them."""

from __future__ import annotations

import secrets
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
