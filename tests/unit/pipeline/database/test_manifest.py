"""What is told where a restore did not bring back what was backed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.database.manifest import (
    Grant,
    Manifest,
    Properties,
    Sequence,
    Setting,
    Table,
    changes,
    differences,
    listed,
    roles_of,
)
from pipeline.model.plan import TableChange

LIKE = Properties(
    owner="agent",
    encoding="UTF8",
    collate="en_US.utf8",
    ctype="en_US.utf8",
    settings=[Setting(name="search_path", value='""'), Setting(name="work_mem", value="8MB", role="agent")],
    grants=[Grant(grantee="public", privilege="TEMPORARY"), Grant(grantee="agent", privilege="CONNECT")],
)
WHOLE = Manifest(
    database="server_agent",
    taken_at=datetime(2026, 3, 9, 10, 0, tzinfo=UTC),
    server=170_002,
    bytes=9_000_000,
    revision="0007",
    properties=LIKE,
    roles=["agent"],
    extensions={"plpgsql": "1.0"},
    tables={"public.note": Table(rows=2, hash="-17"), "public.thought": Table(rows=100, hash="4711")},
    sequences={
        "public.up": Sequence(value=100, increment=1),
        "public.down": Sequence(value=-5, increment=-1),
        "public.round": Sequence(value=9, increment=1, cycles=True),
    },
    large_objects=Table(rows=0, hash="0"),
)


def _tables(**tables: Table) -> Manifest:
    return replace(WHOLE, tables={**WHOLE.tables, **{f"public.{name}": t for name, t in tables.items()}})


def _sequence(name: str, value: int) -> Manifest:
    moved = replace(WHOLE.sequences[f"public.{name}"], value=value)
    return replace(WHOLE, sequences={**WHOLE.sequences, f"public.{name}": moved})


def _like(**changed: object) -> Manifest:
    return replace(WHOLE, properties=replace(LIKE, **changed))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (WHOLE, []),
        (_tables(thought=Table(rows=99, hash="4711")), ["table public.thought has 99 rows, not 100"]),
        (
            _tables(thought=Table(rows=100, hash="4712")),
            ["table public.thought has other values in its 100 rows"],
        ),
        (_tables(more=Table(rows=0, hash="0")), ["table public.more is too much"]),
        (
            replace(WHOLE, tables={"public.note": Table(rows=2, hash="-17")}),
            ["table public.thought is missing"],
        ),
        (replace(WHOLE, large_objects=Table(rows=1, hash="3")), ["the 0 large objects are not the same"]),
        (_sequence("up", 101), []),  # the dump may read it a moment later
        (_sequence("up", 99), ["sequence public.up is at 99, before 100"]),
        (_sequence("down", -6), []),
        (_sequence("down", -4), ["sequence public.down is at -4, before -5"]),
        (_sequence("round", 1), []),
        (
            replace(WHOLE, sequences={}),
            [
                "sequence public.up is missing",
                "sequence public.down is missing",
                "sequence public.round is missing",
            ],
        ),
        (replace(WHOLE, extensions={}), ["extension plpgsql is missing"]),
        (replace(WHOLE, extensions={"plpgsql": "1.1"}), []),  # that of a newer server
        (_like(owner="postgres"), ["the database's owner is postgres, not agent"]),
        (_like(connection_limit=3), ["the database's connection limit is 3, not -1"]),
        (_like(settings=list(reversed(LIKE.settings))), []),
        (_like(settings=[]), ["the settings of the database are not the same"]),
        (_like(grants=list(reversed(LIKE.grants or []))), []),
        (_like(grants=None), ["the grants on the database are not the same"]),
        (replace(WHOLE, database="copy", server=180_000, bytes=1, roles=[]), []),
    ],
)
def test_what_did_not_come_back_is_told(found: Manifest, told: list[str]) -> None:
    assert differences(WHOLE, found) == told


@pytest.mark.parametrize(
    ("wanted", "found", "told"),
    [
        (Table(rows=2, hash=""), Table(rows=2, hash="77"), []),  # read by the owner, then by a superuser
        (Table(rows=2, hash="77"), Table(rows=2, hash=""), []),
        (Table(rows=2, hash=""), Table(rows=2, hash=""), []),
        (Table(rows=2, hash=""), Table(rows=1, hash="77"), ["the 2 large objects are not the same"]),
        (Table(rows=2, hash=""), Table(rows=1, hash=""), ["the 2 large objects are not the same"]),
        (Table(rows=2, hash="77"), Table(rows=2, hash="78"), ["the 2 large objects are not the same"]),
    ],
)
def test_large_objects_are_compared_as_far_as_both_sides_could_be_read(
    wanted: Table, found: Table, told: list[str]
) -> None:
    assert differences(replace(WHOLE, large_objects=wanted), replace(WHOLE, large_objects=found)) == told


def test_what_was_written_since() -> None:
    now = replace(
        _tables(thought=Table(rows=104, hash="1"), new=Table(rows=3, hash="2")),
        sequences={},
    )
    del now.tables["public.note"]
    assert changes(WHOLE, now) == [
        TableChange(name="public.new", then=None, now=3),
        TableChange(name="public.note", then=2, now=None),
        TableChange(name="public.thought", then=100, now=104),
    ]
    assert changes(WHOLE, replace(WHOLE, taken_at=datetime(2026, 3, 10, tzinfo=UTC))) == []


def test_it_comes_back_from_its_file() -> None:
    assert Manifest.from_json(WHOLE.to_json()) == WHOLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 of its fields cannot be read"),
        ("{}", "11 of its fields cannot be read"),
        (replace(WHOLE, format=3).to_json(), "it has form 3; this version knows 1 and 2"),
    ],
)
def test_what_is_no_manifest(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        Manifest.from_json(text)


def test_the_roles_that_a_server_must_have() -> None:
    like = replace(LIKE, owner="boss", settings=[Setting(name="work_mem", value="8MB", role="reader")])
    assert roles_of(replace(WHOLE, properties=like)) == {"agent", "boss", "reader"}
    assert roles_of(replace(WHOLE, properties=replace(like, grants=None))) == {"agent", "boss", "reader"}


def test_a_long_list_is_cut() -> None:
    assert listed([str(n) for n in range(8)]) == "0; 1; 2; 3; 4; 5; 6; 7"
    assert listed([str(n) for n in range(10)]) == "0; 1; 2; 3; 4; 5; 6; 7; and 2 more"
