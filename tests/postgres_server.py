"""A real PostgreSQL for tests, in a container of its own."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import docker
import docker.errors

LABEL = "vnext.test"
USER = "postgres"
_DATA = "/var/lib/postgresql/data"
_HASTY = ["-c", "fsync=off", "-c", "synchronous_commit=off"]
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class PostgresServer:
    """Listens on loopback."""

    host: str
    port: int
    user: str
    password: str
    container_id: str

    async def create_database(self) -> str:
        """A new empty database; its name."""
        name = f"t{secrets.token_hex(5)}"
        connection = await asyncpg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database="postgres"
        )
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return name


@contextlib.contextmanager
def running_postgres(
    image: str, *, durable: bool = False, port: int | None = None, room: str = ""
) -> Iterator[PostgresServer]:
    """A server that answers, on any `port` or on this one for ever, gone with its data afterwards.

    Unless `durable` it holds them in memory and does not sync, so nothing in it survives a crash. `room` is
    how large its memory is, such as `size=100m`.
    """
    client = docker.from_env()
    password = secrets.token_hex(8)
    container = client.containers.run(
        image,
        ["postgres", "-c", "max_connections=200", *([] if durable else _HASTY)],
        environment={"POSTGRES_USER": USER, "POSTGRES_PASSWORD": password},
        ports={"5432/tcp": ("127.0.0.1", port)},
        labels={LABEL: "postgres"},
        **({"volumes": [_DATA]} if durable else {"tmpfs": {_DATA: room}}),
        detach=True,
    )
    try:
        _until_ready(container)
        container.reload()
        port = int(container.ports["5432/tcp"][0]["HostPort"])
        yield PostgresServer("127.0.0.1", port, USER, password, container.id)
    finally:
        container.remove(force=True, v=True)
        client.close()


def _until_ready(container: docker.models.containers.Container) -> None:
    """Asks by TCP: while the cluster is being made, only the socket answers."""
    deadline = time.monotonic() + _READY_SECONDS
    while container.exec_run(["pg_isready", "--quiet", "--host=127.0.0.1"]).exit_code != 0:
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.2)
