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
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class PostgresServer:
    """Listens on loopback. Nothing in it survives a crash: it does not sync to disk."""

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
def running_postgres(image: str) -> Iterator[PostgresServer]:
    """A server that answers, gone with its data afterwards."""
    client = docker.from_env()
    password = secrets.token_hex(8)
    container = client.containers.run(
        image,
        ["postgres", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_connections=200"],
        environment={"POSTGRES_USER": USER, "POSTGRES_PASSWORD": password},
        ports={"5432/tcp": ("127.0.0.1", None)},
        labels={LABEL: "postgres"},
        tmpfs={"/var/lib/postgresql/data": ""},
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
