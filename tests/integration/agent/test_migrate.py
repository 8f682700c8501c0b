"""`python -m server_agent.migrate` against a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from tests.agent_process import AGENT_FOLDER, AgentProcess, fresh_database
from tests.postgres_server import PostgresServer

APPLIED = [
    f"applied {path.name}" for path in sorted((AGENT_FOLDER / "server_agent" / "migrations").glob("*.sql"))
]
DONE = f"the schema is at version {len(APPLIED)}"


async def test_an_empty_database_gets_everything_and_then_nothing_more(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    agent = AgentProcess(await fresh_database(postgres), tmp_path / "log")
    first, second = await agent.migrate(), await agent.migrate()
    assert (first.returncode, first.stdout.splitlines(), first.stderr) == (0, [*APPLIED, DONE], "")
    assert (second.returncode, second.stdout.splitlines(), second.stderr) == (0, [DONE], "")
    async with agent.database() as database:
        rows = await database.fetch("SELECT version, name FROM schema_migrations ORDER BY version")
    assert [f"applied {row['name']}" for row in rows] == APPLIED


async def test_several_at_once_apply_each_migration_once(postgres: PostgresServer, tmp_path: Path) -> None:
    agent = AgentProcess(await fresh_database(postgres), tmp_path / "log")
    results = await asyncio.gather(*(agent.migrate() for _ in range(3)))
    assert [result.returncode for result in results] == [0, 0, 0], [result.stderr for result in results]
    lines = [line for result in results for line in result.stdout.splitlines() if line != DONE]
    assert lines == APPLIED


async def test_a_failing_migration_leaves_nothing_behind(postgres: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(AGENT_FOLDER / "server_agent", folder / "server_agent")
    migrations = folder / "server_agent" / "migrations"
    (migrations / "0901_topics.sql").write_text("CREATE TABLE topics (name text);\n")
    (migrations / "0902_broken.sql").write_text(
        "ALTER TABLE messages ADD COLUMN mood text;\nALTER TABLE moods ADD COLUMN x text;\n"
    )
    agent = AgentProcess(await fresh_database(postgres), tmp_path / "log", folder)
    failed = await agent.migrate()
    assert failed.returncode == 1
    assert failed.stdout.splitlines() == [*APPLIED, "applied 0901_topics.sql"]
    assert failed.stderr == (
        'Migration 0902_broken.sql failed: relation "moods" does not exist. '
        "It was rolled back; the schema stays at version 901.\n"
    )
    async with agent.database() as database:
        assert await database.fetchval("SELECT max(version) FROM schema_migrations") == 901
        moods = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'mood'"
        assert await database.fetchval(moods) == 0


async def test_a_number_used_for_another_file_is_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    agent = AgentProcess(await fresh_database(postgres), tmp_path / "log")
    await agent.migrate()
    async with agent.database() as database:
        await database.execute("UPDATE schema_migrations SET name = '0001_other.sql' WHERE version = 1")
    refused = await agent.migrate()
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database has 0001_other.sql as version 1, this release has ")


async def test_a_database_that_does_not_exist_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    settings = {**await fresh_database(postgres), "DB_NAME": "no_such_database"}
    failed = await AgentProcess(settings, tmp_path / "log").migrate()
    assert failed.returncode == 1
    assert failed.stderr == 'PostgreSQL is away: database "no_such_database" does not exist\n'
