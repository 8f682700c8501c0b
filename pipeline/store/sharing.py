"""Whether code of another version shares the journal with this one."""

from __future__ import annotations

from pipeline.store.connect import Address, connect, migrations


def code_number() -> int:
    """Of the newest migration that this code knows."""
    return migrations()[-1][0]


async def shared(address: Address, code: int) -> bool:
    """Whether the code that knows the schema `code` works with the journal as it is."""
    connection = await connect(address)
    try:
        at: int = await connection.fetchval("SELECT max(version) FROM schema_migrations")
    finally:
        connection.terminate()
    return at <= code


async def stays_shared(address: Address, code: int) -> bool:
    """Whether it still does once this code has opened the journal."""
    return code_number() <= code
