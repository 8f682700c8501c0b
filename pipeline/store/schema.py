"""The journal's schema, by the journal's address: where it stands, who works with it, and moving it.

A hand-over asks `standing` what its code would change and whether the code from before could share that.
Where it could not, `go_down_for` takes the schema down for it. `compatible_with` says the same of the code
alone, without a journal. Code moves a schema up when it opens the store, and never down by itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from pipeline.store import migrating
from pipeline.store.connect import LOST, Address, JournalUnreachable, connect, made
from pipeline.store.migration import Migration, highest, known, newest, promises, stuck, works
from pipeline.store.queries import load

MIGRATION_LOCK = 7_061_001  # advisory lock: one process migrates, others wait
_SQL = load("schema")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`applied` are the migrations in the journal, each with the oldest code that works with it; `pending`
    those that this code would add to them; `known` all of this code."""

    applied: Mapping[int, int]
    pending: tuple[Migration, ...]
    known: Sequence[Migration]

    @property
    def at(self) -> int:
        """The schema's number; 0 where there is no journal yet."""
        return max(self.applied, default=0)

    def shared_with(self, code: int) -> bool:
        """Whether the code that knows the schema `code` works with the journal as it is."""
        return works(code, self.applied)

    def will_be_shared_with(self, code: int) -> bool:
        """Whether it works with the journal once what is pending was applied."""
        return works(code, self._then)

    def no_way_back_to(self, code: int) -> list[int]:
        """Once what is pending was applied: the migrations that would have to be undone for that code, and
        that nothing undoes. Where there are some, only a backup leads back."""
        return stuck(self.known, at=max(self._then, default=0), to=highest(code, self._then))

    @property
    def _then(self) -> dict[int, int]:
        return {**self.applied, **promises(self.pending)}


async def standing(address: Address, of: Sequence[Migration] | None = None) -> Standing:
    """Looks, and changes nothing. Raises JournalUnreachable; a database that is not there yet is empty."""
    of = of or known()
    try:
        connection = await connect(address)
    except JournalUnreachable as error:
        if not isinstance(error.__cause__, asyncpg.InvalidCatalogNameError):
            raise
        return Standing(applied={}, pending=tuple(of), known=of)
    try:
        promised = await migrating.applied(connection)
    except LOST as error:
        raise JournalUnreachable(address, str(error) or type(error).__name__) from error
    finally:
        connection.terminate()
    at = max(promised, default=0)
    return Standing(applied=promised, pending=tuple(each for each in of if each.number > at), known=of)


async def pending(address: Address) -> tuple[int, ...]:
    """The numbers of the migrations that this code would apply on opening the store.

    Raises JournalUnreachable.
    """
    return tuple(each.number for each in (await standing(address)).pending)


def compatible_with(code: int, of: Sequence[Migration] | None = None) -> bool:
    """Whether the code that knows the schema `code` works with the schema that this code makes."""
    return works(code, promises(of or known()))


async def go_up(
    address: Address, of: Sequence[Migration] | None = None, *, to: int | None = None
) -> list[int]:
    """Makes the journal where it is missing, and applies what is pending; the numbers.

    Raises JournalUnreachable, JournalTooNew, MigrationFailed.
    """
    async with _alone(address, make=True) as connection:
        return await migrating.up(connection, of or known(), to)


async def go_down(address: Address, to: int, of: Sequence[Migration] | None = None) -> list[int]:
    """Undoes all migrations above `to`, the newest first; the numbers. Where the schema is at `to` or below
    nothing is done. Raises JournalUnreachable, NoWayDown before it begins, MigrationFailed."""
    async with _alone(address) as connection:
        return await migrating.down(connection, of or known(), to)


async def go_down_for(address: Address, code: int, of: Sequence[Migration] | None = None) -> list[int]:
    """Undoes only what the code that knows the schema `code` cannot work with; the numbers, none where it
    works with all. Raises as `go_down`. Newer code that opens the store afterwards brings it up again."""
    async with _alone(address) as connection:
        promised = await migrating.applied(connection)
        if works(code, promised):
            return []
        return await migrating.down(connection, of or known(), highest(code, promised))


@contextlib.asynccontextmanager
async def _alone(address: Address, *, make: bool = False) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the journal beside which nobody else migrates it. Raises JournalUnreachable."""
    connection = await (made(address) if make else connect(address))
    try:
        try:
            await connection.execute(_SQL["take_lock"], MIGRATION_LOCK)
        except TimeoutError as error:
            raise JournalUnreachable(address, "another process has been migrating it for long") from error
        yield connection
    except LOST as error:
        raise JournalUnreachable(address, str(error) or type(error).__name__) from error
    finally:
        connection.terminate()  # and with it goes the lock


__all__ = [
    "MIGRATION_LOCK",
    "Standing",
    "compatible_with",
    "go_down",
    "go_down_for",
    "go_up",
    "newest",
    "pending",
    "standing",
]
