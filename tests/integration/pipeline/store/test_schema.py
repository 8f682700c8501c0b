"""What the migrations make, compared with the schema as it was last looked at.

A change of the schema comes as a new migration and shows up here as a change of schema.txt; a journal
that exists is never changed by an edit of an old migration.
"""

import hashlib
from pathlib import Path

from pipeline.store.connect import migrations
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
SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u')
ORDER BY 1
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname
"""

APPLIED = {1: "56f0d3656b26e85e26512e3b89bc5410389277c13e408c2371e2c510d551073e"}
"""SHA-256 of each migration that a journal may have applied: those are never edited."""


async def test_the_migrations_make_this_schema(store: Store) -> None:
    lines = []
    for title, query in (
        ("columns", COLUMNS),
        ("constraints", CONSTRAINTS),
        ("indexes", INDEXES),
        ("triggers", TRIGGERS),
    ):
        lines += [f"-- {title} --", *(row[0] for row in await store.pool.fetch(query)), ""]
    assert "\n".join(lines) == EXPECTED.read_text()


def test_a_migration_is_never_edited_once_it_is_out() -> None:
    assert {number: hashlib.sha256(sql.encode()).hexdigest() for number, sql in migrations()} == APPLIED
