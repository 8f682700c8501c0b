"""A database of mixed data for benchmarks: texts, JSON, bytes, figures, and eleven indexes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from demo.machine.images import ensure_images
from pipeline.containers.engine import Engine
from pipeline.database.client import Client, find_client
from pipeline.store.connect import Address, connect
from tests.postgres_server import running_postgres

MEGA = 1024 * 1024
FILL_SECONDS = 600.0

_FILL = """
CREATE TABLE message AS SELECT n AS id, n % 5000 AS author,
    substr(t.text, (n::bigint * 7919 % 20000)::int, 220) || md5(n::text) AS text,
    timestamptz '2026-01-01' + n * interval '7 seconds' AS at
FROM generate_series(1, {rows}) n,
    (SELECT string_agg(substr(md5(m::text), 1, 2 + m % 7), ' ') AS text FROM generate_series(1, 4000) m) t;
CREATE TABLE event AS SELECT n AS id, jsonb_build_object('kind', 'kind-' || n % 40, 'user', n % 5000,
    'tags', jsonb_build_array('a' || n % 13, 'b' || n % 17), 'note', md5((n / 3)::text),
    'cost', n % 997 / 7.0) AS data
FROM generate_series(1, {rows}) n;
CREATE TABLE file AS SELECT n AS id, decode(string_agg(md5((n * 64 + m)::text), ''), 'hex') AS content
FROM generate_series(1, {rows} / 16) n, generate_series(1, 64) m GROUP BY n;
CREATE TABLE metric AS SELECT n AS id, n % 300 AS sensor, sin(n) AS value, n % 3 = 0 AS good
FROM generate_series(1, {rows} * 2) n;
"""
_INDEXES = (
    "ALTER TABLE message ADD PRIMARY KEY (id)",
    "CREATE INDEX ON message (author)",
    "CREATE INDEX ON message (at)",
    "CREATE INDEX ON message (md5(text))",
    "ALTER TABLE event ADD PRIMARY KEY (id)",
    "CREATE INDEX ON event ((data ->> 'kind'))",
    "CREATE INDEX ON event ((data ->> 'user'))",
    "ALTER TABLE file ADD PRIMARY KEY (id)",
    "ALTER TABLE metric ADD PRIMARY KEY (id)",
    "CREATE INDEX ON metric (sensor, value)",
    "CREATE INDEX ON metric (value) WHERE good",
)


@contextlib.asynccontextmanager
async def filled(rows: int) -> AsyncIterator[tuple[Engine, Client, Address]]:
    """A server with the database `mixed`, of about a kilobyte a row; its client, and where to command it."""
    with running_postgres(ensure_images().postgres) as server, contextlib.closing(Engine()) as engine:
        admin = Address(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database="postgres",
        )
        await execute(admin, "CREATE DATABASE mixed")
        address = replace(admin, database="mixed")
        await execute(address, _FILL.format(rows=rows), *_INDEXES, "ANALYZE", "CHECKPOINT")
        connection = await connect(address)
        size = await connection.fetchval("SELECT pg_database_size('mixed')")
        await connection.close()
        print(f"database: {size / MEGA:.0f} MB", flush=True)
        yield engine, await find_client(engine, address, "no such project"), admin


async def execute(address: Address, *statements: str) -> None:
    connection = await connect(address)
    try:
        for statement in statements:
            await connection.execute(statement, timeout=FILL_SECONDS)
    finally:
        await connection.close()
