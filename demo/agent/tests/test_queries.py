import pytest

from server_agent.queries import FILE, read_queries


def test_blocks_are_told_apart_by_their_headings() -> None:
    text = "-- one --\n-- $1 id\nSELECT 1;\n\n-- two --\nSELECT 2;\n"
    assert read_queries(text) == {"one": "-- $1 id\nSELECT 1;", "two": "SELECT 2;"}


def test_a_doubled_name_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one block named one"):
        read_queries("-- one --\nSELECT 1;\n-- one --\nSELECT 2;\n")


def test_every_block_of_the_release_is_one_statement() -> None:
    for name, sql in read_queries(FILE.read_text("utf-8")).items():
        assert sql.count(";") == 1, name
