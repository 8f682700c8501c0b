"""The roles of one server made on another one, without their passwords."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from pipeline.database import statements
from pipeline.store.connect import Address, connect
from pipeline.store.queries import load

_SQL = load("throwaway")
_ATTRIBUTES = ("superuser", "inherit", "createrole", "createdb", "bypassrls")


async def copy_roles(live: Address, other: Address) -> list[str]:
    """Those that are missing on the `other` server, with their attributes, settings and memberships; which.

    Raises JournalUnreachable, asyncpg.PostgresError.
    """
    source = await connect(live)
    try:
        roles = await source.fetch(_SQL["all_roles"])
        members = await source.fetch(_SQL["members"])
    finally:
        await source.close()
    target = await connect(other)
    try:
        missing = await make_missing(target, [role["name"] for role in roles])
        for role in roles:
            if role["name"] in missing:
                words = " ".join(word if role[word] else f"NO{word}" for word in _ATTRIBUTES)
                await target.execute(f"ALTER ROLE {statements.name(role['name'])} {words}")
            for setting in role["settings"]:
                key, _, value = setting.partition("=")
                await target.execute(statements.role_setting(role["name"], key, value))
        for row in members:
            option = " WITH ADMIN OPTION" if row["admin"] else ""
            names = f"{statements.name(row['role'])} TO {statements.name(row['member'])}"
            await target.execute(f"GRANT {names}{option}")
    finally:
        await target.close()
    return missing


async def make_missing(connection: asyncpg.Connection, names: Collection[str]) -> list[str]:
    """Makes the roles that are not there, who may log in and have no password; which ones."""
    there = {row["name"] for row in await connection.fetch(load("manifest")["known_roles"])}
    missing = sorted(set(names) - there)
    for name in missing:
        await connection.execute(f"CREATE ROLE {statements.name(name)} LOGIN")
    return missing
