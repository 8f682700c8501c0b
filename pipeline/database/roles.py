"""The roles of one server made on another one, without their passwords."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import asyncpg

from pipeline.database import statements
from pipeline.model.errors import PipelineError
from pipeline.store.connect import GONE, Address, connect
from pipeline.store.queries import load

_SQL = load("throwaway")
_ATTRIBUTES = ("superuser", "inherit", "createrole", "createdb", "bypassrls")


class RolesRefused(PipelineError):
    """PostgreSQL refused to make a role as it is on the live server."""


async def copy_roles(live: Address, other: Address) -> list[str]:
    """Those that are missing on the `other` server, with their attributes, settings and memberships; which.

    Raises RolesRefused, JournalUnreachable, errors of a connection that was lost.
    """
    source = await connect(live)
    try:
        roles = await source.fetch(_SQL["all_roles"])
        members = await source.fetch(_SQL["members"])
    finally:
        await source.close()
    target = await connect(other)
    try:
        return await _make(target, roles, members)
    except GONE:
        raise
    except asyncpg.PostgresError as error:
        raise RolesRefused(
            f"The roles of the live server could not be made on a copy: {error}.",
            advice="See what it names. With REHEARSE=never a deploy goes without a copy.",
        ) from error
    finally:
        await target.close()


async def _make(
    target: asyncpg.Connection, roles: Sequence[asyncpg.Record], members: Sequence[asyncpg.Record]
) -> list[str]:
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
    return missing


async def make_missing(connection: asyncpg.Connection, names: Collection[str]) -> list[str]:
    """Makes the roles that are not there, who may log in and have no password; which ones."""
    there = {row["name"] for row in await connection.fetch(load("manifest")["known_roles"])}
    missing = sorted(set(names) - there)
    for name in missing:
        await connection.execute(f"CREATE ROLE {statements.name(name)} LOGIN")
    return missing
