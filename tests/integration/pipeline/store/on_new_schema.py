"""A plugin of pytest that is put into the tree of another release: the databases of its tests are copies of
one that has the schema of now, and nothing but its own code is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests import postgres_server

SERVER, TEMPLATE = "TEST_SERVER", "TEST_TEMPLATE"
"""Variables: the server as JSON, and the name of the database with the schema of now."""

OURS = frozenset({"bot", "pipeline", "demo", "tests"})
KEPT = 10  # databases: a test has one or two, and the server keeps them in memory

_made: deque[str] = deque()


class _Server(postgres_server.PostgresServer):
    async def create_database(self) -> str:
        name = f"t{secrets.token_hex(5)}"
        connection = await asyncpg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database="postgres"
        )
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {os.environ[TEMPLATE]}")
            _made.append(name)
            if len(_made) > KEPT:
                await connection.execute(f"DROP DATABASE {_made.popleft()} WITH (FORCE)")
        finally:
            await connection.close()
        return name


@contextlib.contextmanager
def _given(_image: str, **_options: object) -> Iterator[postgres_server.PostgresServer]:
    yield _Server(**json.loads(os.environ[SERVER]))


if SERVER in os.environ:
    postgres_server.running_postgres = _given


def pytest_collection_finish() -> None:
    root = str(Path.cwd())
    imported = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    files = {name: file for name, file in imported.items() if name.split(".")[0] in OURS and file}
    foreign = {name: file for name, file in files.items() if not file.startswith(f"{root}{os.sep}")}
    if foreign or "pipeline.store.store" not in files:
        raise pytest.UsageError(f"not of {root}: {foreign or 'no store is imported'}")
