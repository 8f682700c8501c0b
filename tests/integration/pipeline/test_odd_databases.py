"""Odd databases: each comes back exactly, or its restore stops with the reason."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.engine import Engine
from pipeline.database import restore
from pipeline.process import CommandFailed
from tests.integration.pipeline.dumps import Journeying, address_of, execute, value

UNUSUAL = """
CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;
CREATE SCHEMA elsewhere; CREATE EXTENSION citext SCHEMA elsewhere;
CREATE TABLE tagged (id int PRIMARY KEY, tags hstore, name elsewhere.citext UNIQUE, secret bytea);
INSERT INTO tagged SELECT n, hstore('n', n::text), 'Name ' || n, digest(n::text, 'sha256')
    FROM generate_series(1, 300) n;
CREATE INDEX ON tagged USING gin ((name::text) gin_trgm_ops);
CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v jsonb);
INSERT INTO cache SELECT n::text, jsonb_build_object('n', n) FROM generate_series(1, 300) n;
CREATE UNLOGGED SEQUENCE cached OWNED BY cache.k; SELECT setval('cached', 41);
SELECT lo_from_bytea(0, decode(repeat(md5(n::text), 40000), 'hex')) FROM generate_series(1, 5) n;
CREATE TABLE document (id int PRIMARY KEY, content oid);
INSERT INTO document SELECT row_number() OVER (), oid FROM pg_largeobject_metadata;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent SELECT generate_series(1, 50);
INSERT INTO child SELECT n, 51 - n FROM generate_series(1, 50) n;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no new rows here'; END$$;
CREATE TRIGGER refused BEFORE INSERT ON child EXECUTE FUNCTION refuse();
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM child;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY; ALTER TABLE parent FORCE ROW LEVEL SECURITY;
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
CREATE TABLE loose (word text COLLATE loose PRIMARY KEY); INSERT INTO loose VALUES ('é'), ('z');
"""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def journeying(engine: Engine, postgres: Any) -> Journeying:
    return Journeying(engine=engine, address=address_of(postgres, await postgres.create_database()))


async def test_an_unusual_database_comes_back_exactly(journeying: Journeying, tmp_path: Path) -> None:
    await execute(journeying.address, UNUSUAL)
    made = await journeying.backed_up(tmp_path / "unusual.dump.zst")
    assert made.manifest.large_objects.rows == 5
    assert made.manifest.tables["public.cache"].rows == 300
    assert await journeying.brought_back(made.path, made.manifest) == []
    assert await value(journeying.into, "SELECT n FROM counted") == 50
    assert (
        await value(journeying.into, "SELECT count(*) FROM document WHERE length(lo_get(content)) > 600000")
        == 5
    )
    assert await value(journeying.into, "SELECT relpersistence FROM pg_class WHERE relname = 'cache'") == b"u"
    with pytest.raises(Exception, match="no new rows here"):
        await execute(journeying.into, "INSERT INTO child VALUES (99, 1)")


async def test_an_enormous_row_comes_back_exactly(journeying: Journeying, tmp_path: Path) -> None:
    await execute(journeying.address, "CREATE TABLE enormous (id int, words text, raw bytea)")
    await execute(
        journeying.address,
        "INSERT INTO enormous SELECT 1, repeat(md5(random()::text), 1000000),"
        " decode(repeat(md5(random()::text), 1000000), 'hex')",
    )
    made = await journeying.backed_up(tmp_path / "enormous.dump.zst")
    assert await journeying.brought_back(made.path, made.manifest) == []
    assert await value(journeying.into, "SELECT length(words) + length(raw) FROM enormous") == 48_000_000


_WORD = """
CREATE TABLE word (w text PRIMARY KEY, bytes bytea);
INSERT INTO word SELECT convert_from(x, getdatabaseencoding()), x FROM (VALUES ('\\x{word}'::bytea)) v (x);
"""
ENCODINGS = {
    "LATIN1": ("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'", "e9fc"),
    "WIN1252": ("ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C'", "8093"),
    "EUC_JP": ("ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'", "a4a2"),
    "any bytes": ("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'", "fffec3"),
    "POSIX": ("ENCODING 'UTF8' LC_COLLATE 'POSIX' LC_CTYPE 'C.UTF-8'", "c3a9"),
    "ICU": (
        "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-ks-level2' LC_COLLATE 'C' LC_CTYPE 'C'",
        "c3a9",
    ),
}


@pytest.mark.parametrize("case", ENCODINGS)
async def test_other_encodings_and_collations_come_back_exactly(
    engine: Engine, postgres: Any, tmp_path: Path, case: str
) -> None:
    options, word = ENCODINGS[case]
    name = f"coded_{secrets.token_hex(4)}"
    await execute(address_of(postgres), f"CREATE DATABASE {name} TEMPLATE template0 {options}")
    coded = Journeying(engine=engine, address=address_of(postgres, name))
    await execute(
        coded.address,
        _WORD.replace("{word}", word),
    )
    made = await coded.backed_up(tmp_path / "coded.dump.zst")
    assert await coded.brought_back(made.path, made.manifest) == []
    same = "SELECT convert_to(w, getdatabaseencoding()) = bytes FROM word"
    assert await value(coded.into, same) is True


async def test_a_role_that_is_gone_stops_the_restore(journeying: Journeying, tmp_path: Path) -> None:
    role = f"owner_{secrets.token_hex(4)}"
    await execute(
        journeying.address,
        f"CREATE TABLE thought (); CREATE ROLE {role}; ALTER TABLE thought OWNER TO {role}",
    )
    made = await journeying.backed_up(tmp_path / "owned.dump.zst")
    assert role in made.manifest.roles
    await execute(journeying.address, f"DROP OWNED BY {role}; DROP ROLE {role}")
    with pytest.raises(CommandFailed) as caught:
        await journeying.brought_back(made.path, made.manifest)
    assert f'role "{role}" does not exist' in restore.cause(caught.value)
