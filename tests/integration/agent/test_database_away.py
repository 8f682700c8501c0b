"""The agent while PostgreSQL or the schema is not there, and when they come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.agent_process import AgentProcess, connected, fresh_database, running_agent
from tests.postgres_server import PostgresServer


@asynccontextmanager
async def shut_out(agent: AgentProcess) -> AsyncIterator[None]:
    """The agent's connections are ended and new ones refused for as long as the block lasts."""
    name = agent.environment["DB_NAME"]
    async with connected(agent.environment, "postgres") as server:
        await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        try:
            yield
        finally:
            await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


async def test_the_agent_waits_for_the_schema(postgres: PostgresServer, tmp_path: Path) -> None:
    agent = AgentProcess({**await fresh_database(postgres), "CYCLE_SECONDS": "0.5"}, tmp_path / "agent.log")
    try:
        await agent.start()
        health = await agent.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "down")
        assert "run `python -m server_agent.migrate`" in health.json()["checks"]["database"]["detail"]
        assert (await agent.client.get("/live")).status_code == 200
        assert (await agent.client.get("/stats")).status_code == 503
        assert (await agent.migrate()).returncode == 0
        await agent.when_well()
    finally:
        await agent.stop()


async def test_the_agent_outlives_a_lost_database(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.5") as agent:
        await agent.say(1, "/ping")
        await agent.when_answered(1)
        async with shut_out(agent):
            health = await agent.when("/health", lambda body: body["status"] == "down")
            assert health["checks"]["database"]["detail"].startswith("PostgreSQL is away: ")
            assert (await agent.client.get("/live")).status_code == 200
            refused = await agent.say(2, "/ping")
            assert (refused.status_code, refused.json()["error"][:18]) == (503, "PostgreSQL is away")
        await agent.when_well()
        await agent.say(2, "/ping")
        assert (await agent.when_answered(2))["messages"]["queued"] == 0


async def test_wrong_settings_are_named_before_anything_starts(tmp_path: Path) -> None:
    agent = AgentProcess({"TOKEN_BUDGET": "lots", "DB_PORT": "0"}, tmp_path / "agent.log")
    refused = await agent.migrate()
    assert refused.returncode == 64
    assert refused.stderr.splitlines() == [
        "DB_PORT is '0'; it must be a whole number from 1 to 65535.",
        "TOKEN_BUDGET is 'lots'; it must be a whole number from 0 to 1e+09.",
    ]
