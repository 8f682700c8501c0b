import re
from pathlib import Path

import pytest

from server_agent import migrate
from server_agent.migration_files import (
    FOLDER,
    Migration,
    MigrationFilesError,
    missing,
    pending,
    read_migrations,
)

ONE = Migration(version=1, name="0001_a.sql", sql="")
TWO = Migration(version=2, name="0002_b.sql", sql="")


def test_the_releases_own_files_are_numbered_and_none_ends_its_transaction() -> None:
    migrations = read_migrations(FOLDER)
    assert len(migrations) >= 2
    for migration in migrations:
        assert migration.name.startswith(f"{migration.version:04d}_")
        assert not re.search(r"^\s*(commit|rollback|begin)\b", migration.sql, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize(
    ("applied", "todo"),
    [
        ({}, [ONE, TWO]),
        ({1: "0001_a.sql"}, [TWO]),
        ({2: "0002_b.sql"}, [ONE]),
        ({1: "0001_a.sql", 2: "0002_b.sql", 3: "0003_of_a_newer_release.sql"}, []),
    ],
)
def test_what_is_pending(applied: dict[int, str], todo: list[Migration]) -> None:
    assert pending([ONE, TWO], applied) == todo


def test_a_number_that_was_applied_under_another_name_is_refused() -> None:
    with pytest.raises(
        MigrationFilesError, match=r"has 0001_z\.sql as version 1, this release has 0001_a\.sql"
    ):
        pending([ONE], {1: "0001_z.sql"})


def test_what_is_missing() -> None:
    assert missing([1, 2, 3], [2, 7]) == [1, 3]


def test_bad_names_and_doubled_numbers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("SELECT 1")
    (tmp_path / "readme.txt").write_text("not a migration")
    assert [migration.version for migration in read_migrations(tmp_path)] == [1]
    (tmp_path / "0001_b.sql").write_text("SELECT 1")
    with pytest.raises(MigrationFilesError, match=r"0001_a\.sql and 0001_b\.sql have the same number"):
        read_migrations(tmp_path)
    (tmp_path / "0001_b.sql").rename(tmp_path / "Topic.sql")
    with pytest.raises(MigrationFilesError, match=r"Topic\.sql is not a migration name"):
        read_migrations(tmp_path)


def test_the_command_says_when_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DB_HOST", "127.0.0.1")
    monkeypatch.setenv("DB_PORT", "1")
    assert migrate.main() == 1
    assert capsys.readouterr().err.startswith("PostgreSQL is away: ")


def test_the_command_refuses_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DB_PORT", "many")
    assert migrate.main() == 64
    assert capsys.readouterr().err == "DB_PORT is 'many'; it must be a whole number from 1 to 65535.\n"
