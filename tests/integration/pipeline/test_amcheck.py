"""Looking through a database: what is whole, an index out of order, and one that lacks a row of its table."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.database.amcheck import Looked, look_through
from pipeline.store.connect import Address, connect

# An operator class whose order can be turned around after the index was made.
FICKLE = """
CREATE FUNCTION up(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT sign(a::float - b)::int';
CREATE FUNCTION down(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT sign(b::float - a)::int';
CREATE OPERATOR CLASS fickle FOR TYPE int USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 up(int, int);
CREATE INDEX "Fickle" ON thought USING btree (id fickle);
"""
TURN = "UPDATE pg_amproc SET amproc = 'down'::regproc WHERE amproc = 'up'::regproc"
FILL = """
CREATE TABLE thought (id int PRIMARY KEY, words text);
INSERT INTO thought SELECT n, 'thought ' || n FROM generate_series(1, 2000) n;
CREATE MATERIALIZED VIEW seen AS SELECT * FROM thought;
"""


@pytest.fixture
async def address(postgres: Any) -> Address:
    name = await postgres.create_database()
    made = Address(
        host=postgres.host, port=postgres.port, user=postgres.user, password=postgres.password, database=name
    )
    await _sql(made, FILL)
    await _sql(made, f"ALTER DATABASE {name} SET default_transaction_read_only TO on")
    return made


async def _sql(address: Address, *queries: str) -> None:
    connection = await connect(address)
    try:
        for query in queries:
            await connection.execute(query)
    finally:
        await connection.close()


async def _looked(address: Address) -> tuple[Looked, list[str]]:
    said: list[str] = []
    return await look_through(address, timeout=60, tell=said.append), said


async def test_what_is_whole(address: Address) -> None:
    looked, said = await _looked(address)
    assert looked == Looked(indexes=1, tables=2)
    assert said == [
        "checking index 1 of 1 · public.thought_pkey",
        "checking table 1 of 2 · public.seen",
        "checking table 2 of 2 · public.thought",
    ]
    assert (await _looked(address))[0] == looked, "the extension is there already"


async def test_an_index_that_is_out_of_order(address: Address) -> None:
    await _sql(address, "SET default_transaction_read_only = off", FICKLE, TURN)
    looked, _ = await _looked(address)
    assert looked.indexes == 2
    [finding] = looked.findings
    assert finding.startswith('index public."Fickle": item order invariant violated for index "Fickle"')


async def test_an_index_that_lacks_a_row_of_its_table(address: Address) -> None:
    await _sql(
        address,
        "SET default_transaction_read_only = off",
        "CREATE INDEX partial ON thought (words) WHERE id <= 1000",
        # As if the rows had been written behind the index's back: its condition takes more of them in.
        "UPDATE pg_index SET indpred = NULL WHERE indexrelid = 'partial'::regclass",
    )
    looked, _ = await _looked(address)
    [finding] = looked.findings
    assert finding.startswith("index public.partial: heap tuple ")
    assert "lacks matching index tuple" in finding


async def test_what_cannot_be_checked_is_a_note(address: Address) -> None:
    await _sql(
        address,
        "SET default_transaction_read_only = off",
        "CREATE FUNCTION odd(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n; END'",
        "CREATE INDEX on_odd ON thought (odd(id))",
        "CREATE OR REPLACE FUNCTION odd(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN count(*) FROM nowhere; END'",
    )
    looked, _ = await _looked(address)
    assert (looked.indexes, looked.tables, looked.findings) == (1, 2, [])
    assert looked.notes == ['Index public.on_odd could not be checked: relation "nowhere" does not exist.']
