"""The pure side of a restore: names, refusals and statements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.database import statements
from pipeline.database.fitness import Server, free_of_df, needs, refusals, room
from pipeline.database.manifest import Grant, Manifest, Properties, Setting
from pipeline.database.names import Places, fits, kept_by, kept_name, prepared_by, prepared_name
from tests.unit.pipeline.database.test_manifest import LIKE, WHOLE

SERVER = Server(version=170_005, roles={"agent", "postgres"}, extensions={"plpgsql", "citext"}, free=None)
PLACES = Places(live="agent", source="agent_restore_7", aside="agent_before_7")
MEGA = 1024 * 1024


@pytest.mark.parametrize(
    ("there", "swapped"),
    [
        ({"agent", "agent_restore_7", "postgres"}, False),
        ({"agent", "agent_before_7", "agent_before_3"}, True),
        ({"agent"}, None),
        ({"agent_restore_7", "agent_before_7"}, None),
        ({"agent", "agent_restore_7", "agent_before_7"}, None),
    ],
)
def test_the_names_tell_how_far_a_swap_came(there: set[str], swapped: bool | None) -> None:
    assert PLACES.swapped(there) is swapped
    assert PLACES.back.swapped(there) is (None if swapped is None else not swapped)


def test_whose_databases_they_are() -> None:
    there = {"agent", "agent_before_9", "agent_before_12", "agent_restore_3", "agent_before_x", "b_before_1"}
    assert list(kept_by("agent", there).items()) == [(12, "agent_before_12"), (9, "agent_before_9")]
    assert prepared_by("agent", there) == {3: "agent_restore_3"}
    assert kept_by("a.ent", there) == {}
    assert (kept_name("agent", 7), prepared_name("agent", 7)) == (PLACES.aside, PLACES.source)


def test_a_name_that_would_be_cut_is_too_long() -> None:
    assert fits("x" * 50, 1234)
    assert not fits("x" * 51, 1234)
    assert not fits("ü" * 26, 1234)


@pytest.mark.parametrize(
    ("manifest", "server", "told"),
    [
        (WHOLE, SERVER, []),
        (replace(WHOLE, server=160_009), SERVER, []),
        (replace(WHOLE, server=180_000), SERVER, ["it is of PostgreSQL 18, the server is 17"]),
        (replace(WHOLE, database="other"), SERVER, ["it is of database other, not of server_agent"]),
        (replace(WHOLE, roles=["agent", "reader", "o'x"]), SERVER, ["the server has no role reader, o'x"]),
        (replace(WHOLE, extensions={"vector": "0.8"}), SERVER, ["the server has no extension vector"]),
    ],
)
def test_what_cannot_come_back_here(manifest: Manifest, server: Server, told: list[str]) -> None:
    assert refusals(manifest, server, "server_agent") == told


@pytest.mark.parametrize(
    ("free", "told"),
    [
        (None, []),
        (556 * MEGA, []),
        (555 * MEGA, ["the disk has 555 MB free and 556 MB are needed"]),
    ],
)
def test_too_little_disk(free: int | None, told: list[str]) -> None:
    assert room(300 * MEGA, free, "the disk") == told


def test_a_backup_needs_no_spare_room() -> None:
    assert room(300 * MEGA, 300 * MEGA, "the disk", spare=0) == []
    assert room(301 * MEGA, 300 * MEGA, "the disk", spare=0) == [
        "the disk has 300 MB free and 301 MB are needed"
    ]


@pytest.mark.parametrize(
    ("beside_server", "encrypted", "needed"),
    [
        (True, False, (2000, 300)),
        (True, True, (2000, 600)),
        (False, False, (1000, 1300)),
        (False, True, (1000, 1600)),
    ],
)
def test_the_unpacked_archive_needs_room_too(
    beside_server: bool, encrypted: bool, needed: tuple[int, int]
) -> None:
    assert needs(1000, 300, beside_server=beside_server, encrypted=encrypted) == needed


@pytest.mark.parametrize(
    ("text", "free"),
    [
        (
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /data\n",
            60 * 1024,
        ),
        ("df: /data: No such file or directory", None),
        ("", None),
    ],
)
def test_what_df_says(text: str, free: int | None) -> None:
    assert free_of_df(text) == free


@pytest.mark.parametrize(
    ("like", "major", "said"),
    [
        (LIKE, 14, ""),
        (LIKE, 17, " LOCALE_PROVIDER libc"),
        (
            replace(LIKE, provider="i", locale="de-DE", icu_rules="&a < g"),
            17,
            " LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ICU_RULES '&a < g'",
        ),
        (
            replace(LIKE, provider="b", locale="C.UTF-8"),
            17,
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'",
        ),
    ],
)
def test_the_copy_is_made_like_the_one_that_was_backed_up(like: Properties, major: int, said: str) -> None:
    assert statements.create('a"b', like, major) == (
        'CREATE DATABASE "a""b" TEMPLATE template0 OWNER "agent" ENCODING \'UTF8\''
        f" LC_COLLATE 'en_US.utf8' LC_CTYPE 'en_US.utf8'{said}"
    )


def test_settings_and_grants_are_applied_again() -> None:
    like = replace(
        LIKE,
        settings=[
            Setting(name="search_path", value='"$user", app, "o""dd"'),
            Setting(name="search_path", value='""', role="rea der"),
            Setting(name="app.word", value="it's a \\ test"),
        ],
        grants=[
            Grant(grantee="public", privilege="TEMPORARY"),
            Grant(grantee="agent", privilege="CONNECT", grantable=True),
        ],
        connection_limit=20,
    )
    assert statements.finish("agent", like) == [
        "ALTER DATABASE \"agent\" SET \"search_path\" TO '$user', 'app', 'o\"dd'",
        'ALTER ROLE "rea der" IN DATABASE "agent" SET "search_path" TO \'\'',
        'ALTER DATABASE "agent" SET "app"."word" TO E\'it\'\'s a \\\\ test\'',
        'REVOKE ALL ON DATABASE "agent" FROM PUBLIC',
        'REVOKE ALL ON DATABASE "agent" FROM "agent"',
        'GRANT TEMPORARY ON DATABASE "agent" TO PUBLIC',
        'GRANT CONNECT ON DATABASE "agent" TO "agent" WITH GRANT OPTION',
        'ALTER DATABASE "agent" CONNECTION LIMIT 20',
    ]
    assert statements.finish("agent", replace(LIKE, settings=[], grants=None)) == [
        'ALTER DATABASE "agent" CONNECTION LIMIT -1'
    ]
