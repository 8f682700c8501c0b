"""From a posted message to its stored answer, through a running agent and a real PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.agent_process import AgentProcess, running_agent
from tests.postgres_server import PostgresServer


async def answers(agent: AgentProcess) -> list[str]:
    async with agent.database() as database:
        rows = await database.fetch("SELECT answer FROM messages ORDER BY update_id")
    return [row["answer"] for row in rows]


async def test_a_message_is_stored_answered_and_counted(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        accepted = await agent.say(1, "good morning")
        assert (accepted.status_code, accepted.json()) == (200, {"status": "queued", "update_id": 1})
        stats = await agent.when_answered(1)
        assert stats["messages"] == {"received": 1, "answered": 1, "queued": 0}
        async with agent.database() as database:
            row = await database.fetchrow(
                "SELECT chat_id, text, answer, delivery, answered_at >= received_at AS after FROM messages"
            )
        assert row is not None
        assert tuple(row) == (77, "good morning", "You said: good morning", "unwanted", True)


@pytest.mark.parametrize(
    "text", ["It's $1; DROP TABLE messages; --", "<b>&amp;</b> \\ %s {x}", "日本 🚀 \u202e"]
)
async def test_any_text_goes_through_unchanged(postgres: PostgresServer, tmp_path: Path, text: str) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        await agent.say(1, text)
        await agent.when_answered(1)
        assert await answers(agent) == [f"You said: {text}"]


async def test_commands_are_carried_out(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path, APP_VERSION="7.8.9", CYCLE_SECONDS="3600") as agent:
        for update_id, command in enumerate(["/ping", "/version", "/stats", "/help", "/unknown"], 1):
            await agent.say(update_id, command)
            await agent.when_answered(update_id)
        ping, version, stats, help_text, unknown = await answers(agent)
    assert ping == "pong"
    assert version == "Server Agent 7.8.9"
    assert stats.startswith("3 messages received, 2 answered, 1 waiting.\n1 cycles, ")
    assert "/version – which release answers" in help_text
    assert unknown == "I do not know /unknown. Try /help."


async def test_a_sequence_is_answered_in_order_without_loss(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        for update_id in range(1, 51):
            await agent.say(update_id, f"message {update_id}")
        await agent.when_answered(50)
        assert await answers(agent) == [f"You said: message {number}" for number in range(1, 51)]
        async with agent.database() as database:
            in_order = await database.fetchval(
                "SELECT array_agg(id ORDER BY answered_at, id) = array_agg(id ORDER BY id) FROM messages"
            )
        assert in_order


async def test_deliveries_at_the_same_moment_are_kept_once(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        said = await asyncio.gather(*(agent.say(1 + number % 10, "hello") for number in range(40)))
        assert [answer.status_code for answer in said] == [200] * 40
        assert sorted(answer.json()["status"] for answer in said) == ["duplicate"] * 30 + ["queued"] * 10
        assert (await agent.when_answered(10))["messages"]["received"] == 10


async def test_two_agents_share_a_queue_and_answer_each_message_once(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path) as one:
        two = AgentProcess(one.environment, tmp_path / "two.log")
        try:
            await two.start()
            await two.when_well()
            await asyncio.gather(*((one, two)[number % 2].say(number, "hello") for number in range(60)))
            await one.when_answered(60)
            # A worker's own count may lag behind the row it just wrote.
            done = 0
            for _ in range(100):
                healths = [await agent.json("/health") for agent in (one, two)]
                done = sum(body["checks"]["reactive_worker"]["done"] for body in healths)
                if done >= 60:
                    break
                await asyncio.sleep(0.05)
            assert done == 60
        finally:
            await two.stop()


async def test_health_stays_good_under_messages_and_nonsense(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        for update_id in range(1, 31):
            await agent.say(update_id, "/stats")
            refused = await agent.client.post("/webhook", content=b"{")
            assert refused.status_code == 400
            health = await agent.client.get("/health")
            assert (health.status_code, health.json()["status"]) == (200, "ok"), health.text
        await agent.when_answered(30)
        assert " ERROR " not in agent.log


async def test_a_queued_message_survives_a_restart(postgres: PostgresServer, tmp_path: Path) -> None:
    async with running_agent(postgres, tmp_path) as agent:
        async with agent.database() as database, database.transaction():
            await database.execute("LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE")
            await database.execute("INSERT INTO messages (update_id, chat_id, text) VALUES (1, 5, '/ping')")
            assert await agent.stop() == 0
        await agent.start()
        await agent.when_answered(1)
        assert await answers(agent) == ["pong"]
