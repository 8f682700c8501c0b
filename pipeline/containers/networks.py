"""Networks of a run's own, that lead nowhere: what is in one reaches nothing but what is in it too."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection

import docker
import docker.errors

from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, Engine

_NO_ADDRESS = "com.docker.network.bridge.inhibit_ipv4"


@contextlib.asynccontextmanager
async def private(
    engine: Engine, name: str, *, run: int, project: str, sealed: bool = False
) -> AsyncIterator[list[str]]:
    """An internal network, gone afterwards; its subnets. One of the same name goes first. In a `sealed` one
    not even this machine has an address: what listens on it is not reached either."""

    def make(client: docker.DockerClient) -> tuple[docker.DockerClient, list[str]]:
        _remove(client, name)
        client.api.create_network(
            name,
            driver="bridge",
            internal=True,
            options={_NO_ADDRESS: "true"} if sealed else None,
            labels={RUN_LABEL: str(run), PROJECT_LABEL: project},
            check_duplicate=True,
        )
        pools = client.api.inspect_network(name)["IPAM"]["Config"] or []
        return client, [pool["Subnet"] for pool in pools]

    def remove(client: docker.DockerClient) -> None:
        _remove(client, name)

    try:
        _, subnets = await engine.ask(make, late=lambda made: _remove(made[0], name))
        yield subnets
    finally:
        await engine.ask(remove)


async def missing(engine: Engine, names: Collection[str]) -> set[str]:
    """Those of the names that no network has."""

    def work(client: docker.DockerClient) -> set[str]:
        return set(names) - {row["Name"] for row in client.api.networks()}

    return await engine.ask(work) if names else set()


async def leave_others(engine: Engine, container: str, network: str) -> None:
    """Takes a container out of every network but this one."""

    def work(client: docker.DockerClient) -> None:
        for other in client.api.inspect_container(container)["NetworkSettings"]["Networks"]:
            if other != network:
                client.api.disconnect_container_from_network(container, other)

    await engine.ask(work)


async def remove_networks(engine: Engine, project: str, run: int) -> list[str]:
    """Removes what a run left, by the names that stages give; those names. Its containers go before."""
    prefix = f"{project}-run-{run}-"

    def work(client: docker.DockerClient) -> list[str]:
        found = client.api.networks(names=[prefix], filters={"label": f"{RUN_LABEL}={run}"})
        names = [row["Name"] for row in found if row["Name"].startswith(prefix)]
        for name in names:
            _remove(client, name)
        return names

    return await engine.ask(work)


def _remove(client: docker.DockerClient, name: str) -> None:
    """By its id, for there may be several of one name. What is still in it is taken out."""
    for row in client.api.networks(names=[name]):
        if row["Name"] == name:
            with contextlib.suppress(docker.errors.NotFound):
                for container in client.api.inspect_network(row["Id"])["Containers"] or {}:
                    client.api.disconnect_container_from_network(container, row["Id"], force=True)
                client.api.remove_network(row["Id"])
