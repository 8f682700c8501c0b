from __future__ import annotations

import pytest

from pipeline.project.migrations import PATHS, migrations


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("migrations/versions/0001_notes.py", True),
        ("server_agent/migrations/0001_messages.sql", True),
        ("app/alembic/env.py", True),
        ("migrate.py", True),
        ("tools/migrate_all.sh", True),
        ("schema.sql", True),
        ("a/b/c.sql", True),
        ("migrations", False),
        ("app/immigrations/list.py", False),
        ("app/emigrate.py", False),
        ("app/main.py", False),
        ("sql/readme.md", False),
        ("notes.sql.bak", False),
    ],
)
def test_where_most_projects_keep_them(path: str, counts: bool) -> None:
    assert migrations([path], PATHS) == ([path] if counts else [])


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("db/*.py", "db/one.py", True),
        ("db/*.py", "db/old/one.py", False),
        ("db/**/*.py", "db/old/very/one.py", True),
        ("db/**/*.py", "db/one.py", True),
        ("db/**", "db/x/y", True),
        ("db/000?_*.sql", "db/0007_mood.sql", True),
        ("db/000?_*.sql", "db/00071_mood.sql", False),
        ("a.b", "axb", False),
        ("[x]", "x", False),
        ("[x]", "[x]", True),
        ("*", "two\nlines", True),
    ],
)
def test_a_pattern(pattern: str, path: str, fits: bool) -> None:
    assert migrations([path], [pattern]) == ([path] if fits else [])


def test_they_come_in_order_and_once() -> None:
    assert migrations(["b.sql", "a.sql"], ["*.sql", "**/*.sql"]) == ["a.sql", "b.sql"]
