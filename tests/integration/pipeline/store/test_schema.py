"""What the migrations make, compared with the schema as it was last looked at.

A change of the schema comes as a new migration and shows up here as a change of schema.txt; a journal
that exists is never changed by an edit of an old migration.
"""

import re
from pathlib import Path

import asyncpg
import pytest

from pipeline.model.states import ACTIVE, ApprovalState, PushState, RunKind, RunState, Source, StageState
from pipeline.store.store import Store

EXPECTED = Path(__file__).with_name("schema.txt")

COLUMNS = """
SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
    CASE WHEN a.attidentity <> '' THEN ' IDENTITY'
         WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum
"""
CONSTRAINTS = """
SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) COLLATE "C" AS line
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u')
ORDER BY line
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname
"""

ENUMS = {
    ("approvals", "state"): ApprovalState,
    ("pushes", "state"): PushState,
    ("runs", "kind"): RunKind,
    ("runs", "source"): Source,
    ("runs", "state"): RunState,
    ("stages", "state"): StageState,
}


async def schema_of(connection: asyncpg.Pool | asyncpg.Connection) -> str:
    """Tables, constraints, indexes and triggers as text."""
    lines = []
    for title, query in (
        ("columns", COLUMNS),
        ("constraints", CONSTRAINTS),
        ("indexes", INDEXES),
        ("triggers", TRIGGERS),
    ):
        lines += [f"-- {title} --", *(row[0] for row in await connection.fetch(query)), ""]
    return "\n".join(lines)


async def test_the_migrations_make_this_schema(store: Store) -> None:
    assert await schema_of(store.pool) == EXPECTED.read_text()


@pytest.mark.parametrize(("table", "column"), ENUMS)
async def test_the_journal_takes_the_words_of_the_model(store: Store, table: str, column: str) -> None:
    checks = await store.pool.fetch(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass"
        " AND conkey = ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = $2)",
        table,
        column,
    )
    [check] = [row[0] for row in checks]
    assert re.findall(r"'(\w+)'", check) == [str(word) for word in ENUMS[table, column]]


async def test_active_means_the_same_in_the_index_and_in_the_model(store: Store) -> None:
    index = await store.pool.fetchval("SELECT pg_get_indexdef('runs_one_active'::regclass)")
    assert set(re.findall(r"'(\w+)'", index)) == {str(state) for state in ACTIVE}
