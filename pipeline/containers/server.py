"""A server of a run's own: a container in the networks of another one, under no name of that one's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import docker
import docker.errors

from pipeline.containers.engine import RUN_LABEL, Engine

_SHARES = 256  # of 1024: on a busy machine the application comes first
_OWN_NETWORK = ("host", "none")
_BRIDGE = "bridge"


@dataclass(frozen=True, kw_only=True)
class Server:
    """`script` is run by sh as `user`, None for the image's own. What it writes below `folder` is on an
    anonymous volume. `aliases` name it in `network` alone, not in the `others`."""

    image: str
    name: str
    run: int
    user: str | None
    script: str
    env: Mapping[str, str] = field(repr=False)
    folder: str
    port: int
    published: bool
    others: Sequence[str]
    network: str | None = None
    aliases: Sequence[str] = ()
    shared_memory: str = "256m"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where a server is reached: the port on 127.0.0.1 if it is published, and its addresses by network."""

    published: int | None
    addresses: Mapping[str, str]


async def start(engine: Engine, server: Server) -> None:
    """Creates and starts it; one of the same name goes first. Cut, it leaves none behind."""
    await engine.remove(server.name)

    def work(client: docker.DockerClient) -> Callable[[], None]:
        first, *more = server.others or [_BRIDGE]
        api = client.api
        made = api.create_container(
            server.image,
            command=["-c", server.script],
            entrypoint=["sh"],
            name=server.name,
            user=server.user,
            labels={RUN_LABEL: str(server.run)},
            environment=dict(server.env),
            volumes=[server.folder],
            ports=[server.port] if server.published else None,
            host_config=api.create_host_config(
                init=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                cpu_shares=_SHARES,
                shm_size=server.shared_memory,
                network_mode=first,
                port_bindings={server.port: ("127.0.0.1", None)} if server.published else None,
            ),
        )
        undo = partial(_discard, client, str(made["Id"]))
        try:
            for network in more:
                api.connect_container_to_network(made["Id"], network)
            if server.network:
                api.connect_container_to_network(made["Id"], server.network, aliases=list(server.aliases))
            api.start(made["Id"])
        except BaseException:
            undo()
            raise
        return undo

    await engine.ask(work, late=lambda undo: undo())


async def networks_of(engine: Engine, container: str) -> list[str]:
    """The networks that a container is in, by name; none where it has the host's or none of its own."""

    def work(client: docker.DockerClient) -> list[str]:
        return [name for name in _networks(client, container) if name not in _OWN_NETWORK]

    return await engine.ask(work)


async def user_of(engine: Engine, image: str) -> str | None:
    """Whom the image runs as by itself, None for root."""

    def work(client: docker.DockerClient) -> str | None:
        found = client.images.get(image).attrs["Config"].get("User") or ""
        return found if found.partition(":")[0] not in ("", "root", "0") else None

    return await engine.ask(work)


async def reach(engine: Engine, container: str, port: int) -> Reach:
    def work(client: docker.DockerClient) -> Reach:
        settings = client.api.inspect_container(container)["NetworkSettings"]
        bindings = (settings.get("Ports") or {}).get(f"{port}/tcp") or []
        return Reach(
            published=next((int(b["HostPort"]) for b in bindings if b.get("HostPort")), None),
            addresses={
                name: found["IPAddress"]
                for name, found in settings["Networks"].items()
                if found.get("IPAddress")
            },
        )

    return await engine.ask(work)


def _networks(client: docker.DockerClient, container: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = client.api.inspect_container(container)["NetworkSettings"]["Networks"]
    return found


def _discard(client: docker.DockerClient, container: str) -> None:
    with contextlib.suppress(docker.errors.NotFound):
        client.api.remove_container(container, force=True, v=True)
