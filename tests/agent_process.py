"""The sample agent as a process of its own, on a fresh database of a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.postgres_server import PostgresServer

AGENT_FOLDER = Path(__file__).parents[1] / "demo" / "agent"
PATIENCE = 90.0  # seconds; two busy cores start a process slowly
LISTENS = re.compile(r"listens on port (\d+)")


class AgentProcess:
    """One agent. `environment` is all it gets besides PATH; `log` receives what it prints."""

    def __init__(self, environment: Mapping[str, str], log: Path, folder: Path = AGENT_FOLDER) -> None:
        self.environment = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", **environment}
        self.url = ""
        self._log = log
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        """Asks the running agent; paths are enough."""
        assert self._client is not None, "the agent is not running"
        return self._client

    async def migrate(self) -> subprocess.CompletedProcess[str]:
        """Runs the migrations as the person would."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "server_agent.migrate"],
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    async def start(self) -> None:
        """Returns when the agent listens; fails with its log when it ends instead."""
        begin = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - not bound to the loop of one fixture
                [sys.executable, "-m", "server_agent"],
                cwd=self._folder,
                env={**self.environment, "LISTEN_HOST": "127.0.0.1", "PORT": "0"},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not (port := LISTENS.search(self._log.read_text()[begin:])):
            assert self._process.poll() is None, f"the agent ended:\n{self.log}"
            assert time.monotonic() < deadline, f"the agent does not listen:\n{self.log}"
            await asyncio.sleep(0.05)
        self.url = f"http://127.0.0.1:{port[1]}"
        self._client = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE)

    async def stop(self) -> int:
        """Asks the process to end by SIGTERM; its exit code."""
        if self._client is not None:
            await self._client.aclose()
        process, self._process, self._client = self._process, None, None
        if process is None:
            return 0
        process.terminate()
        try:
            return await asyncio.to_thread(process.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
            raise

    @property
    def log(self) -> str:
        """What the agent printed so far."""
        return self._log.read_text()

    async def json(self, path: str) -> dict[str, Any]:
        """The body of a GET, whatever its status."""
        body: dict[str, Any] = (await self.client.get(path)).json()
        return body

    async def when(self, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first body of `path` for which `holds` is true."""
        deadline = time.monotonic() + PATIENCE
        while not holds(body := await self.json(path)):
            assert time.monotonic() < deadline, f"{path} still says {body}\n{self.log}"
            await asyncio.sleep(0.05)
        return body

    async def when_well(self) -> dict[str, Any]:
        """The health as soon as it is ok."""
        return await self.when("/health", lambda body: body["status"] == "ok")

    async def say(self, update_id: int, text: str, chat_id: int = 77) -> httpx.Response:
        """Posts a text message to the webhook."""
        return await self.client.post(
            "/webhook", json={"update_id": update_id, "message": {"chat": {"id": chat_id}, "text": text}}
        )

    async def when_answered(self, count: int) -> dict[str, Any]:
        """The stats as soon as `count` messages are answered."""
        return await self.when("/stats", lambda body: body["messages"]["answered"] >= count)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection to the agent's own database."""
        async with connected(self.environment, self.environment["DB_NAME"]) as connection:
            yield connection


@asynccontextmanager
async def connected(
    environment: Mapping[str, str], database: str
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to `database` on the server that `environment` names."""
    connection = await asyncpg.connect(
        host=environment["DB_HOST"],
        port=int(environment["DB_PORT"]),
        user=environment["DB_USER"],
        password=environment["DB_PASSWORD"],
        database=database,
        timeout=PATIENCE,
    )
    try:
        yield connection
    finally:
        await connection.close()


async def fresh_database(postgres: PostgresServer) -> dict[str, str]:
    """An empty database as the agent's settings."""
    return {
        "DB_HOST": postgres.host,
        "DB_PORT": str(postgres.port),
        "DB_USER": postgres.user,
        "DB_PASSWORD": postgres.password,
        "DB_NAME": await postgres.create_database(),
    }


@asynccontextmanager
async def running_agent(
    postgres: PostgresServer, folder: Path, **settings: str
) -> AsyncIterator[AgentProcess]:
    """An agent that is well, on a fresh migrated database; `settings` are added to its environment."""
    agent = AgentProcess({**await fresh_database(postgres), **settings}, folder / "agent.log")
    migrated = await agent.migrate()
    assert migrated.returncode == 0, migrated.stderr
    try:
        await agent.start()
        await agent.when_well()
        yield agent
    finally:
        await agent.stop()
