"""The proactive scheduler of a running agent: cycles, token budget, recovery."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.agent_process import running_agent
from tests.postgres_server import PostgresServer


def scheduler_of(health: dict[str, Any]) -> dict[str, Any]:
    scheduler: dict[str, Any] = health["checks"]["proactive_scheduler"]
    return scheduler


async def test_the_scheduler_tells_how_it_is(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="3600") as agent:
        scheduler = scheduler_of(await agent.when_well())
        assert scheduler["status"] == "ok"
        assert scheduler["done"] == 1
        assert scheduler["last_beat_seconds"] >= 0
        assert "detail" not in scheduler


async def test_cycles_go_on_and_each_message_is_read_once(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.2") as agent:
        await agent.say(1, "the turbine needs grease")
        await agent.when_answered(1)
        seen = (await agent.json("/stats"))["cycles"]
        stats = await agent.when("/stats", lambda body: body["cycles"] >= seen + 3)
        async with agent.database() as database:
            rows = await database.fetch("SELECT day, summary, tokens FROM cycles ORDER BY id")
    read = [row for row in rows if row["summary"] != "Nothing new."]
    assert [(row["summary"], row["tokens"]) for row in read] == [
        ("1 new message, mostly about grease, needs, turbine.", 16)
    ]
    assert len(rows) >= stats["cycles"] >= 4
    assert {row["tokens"] for row in rows} == {10, 16}


async def test_cycles_pause_when_the_budget_is_used_up(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.1", TOKEN_BUDGET="35") as agent:
        health = await agent.when("/health", lambda body: "paused" in scheduler_of(body))
        assert health["status"] == "ok"
        assert "30 of 35" in scheduler_of(health)["detail"]
        stats = await agent.json("/stats")
        assert stats["cycles"] == 3
        assert stats["token_budget"] == {"used": 30, "limit": 35}


async def test_the_budget_outlives_a_restart_and_is_new_each_day(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.1", TOKEN_BUDGET="35") as agent:
        await agent.when("/health", lambda body: "paused" in scheduler_of(body))
        assert await agent.stop() == 0
        await agent.start()
        health = await agent.when("/health", lambda body: "paused" in scheduler_of(body))
        assert scheduler_of(health)["done"] == 0
        async with agent.database() as database:
            await database.execute("UPDATE cycles SET day = day - 1")
        stats = await agent.when("/stats", lambda body: body["token_budget"]["used"] == 30)
        assert stats["cycles"] == 6
        async with agent.database() as database:
            today = await database.fetchval(
                "SELECT count(*) FROM cycles WHERE day = $1", datetime.now(UTC).date()
            )
        assert today == 3


async def test_the_budget_is_never_overdrawn_by_long_messages(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.1", TOKEN_BUDGET="200") as agent:
        for update_id in range(1, 6):
            await agent.say(update_id, "word " * 500)
        await agent.when("/health", lambda body: "paused" in scheduler_of(body))
        assert (await agent.json("/stats"))["token_budget"]["used"] <= 200


async def test_a_failing_cycle_degrades_the_agent_until_one_succeeds(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path, CYCLE_SECONDS="0.2") as agent, agent.database() as database:
        await database.execute("ALTER TABLE cycles RENAME TO hidden")
        health = await agent.when("/health", lambda body: scheduler_of(body).get("failures_in_a_row", 0) >= 2)
        assert (health["status"], scheduler_of(health)["status"]) == ("degraded", "degraded")
        assert 'relation "cycles" does not exist' in scheduler_of(health)["detail"]
        assert health["checks"]["reactive_worker"]["status"] == "ok"
        assert (await agent.client.get("/health")).status_code == 200
        assert (await agent.client.get("/stats")).status_code == 500
        before = scheduler_of(health)["done"]
        await database.execute("ALTER TABLE hidden RENAME TO cycles")
        health = await agent.when_well()
        assert scheduler_of(health)["done"] > before
        assert "failures_in_a_row" not in scheduler_of(health)
        assert "A cycle failed" in agent.log
