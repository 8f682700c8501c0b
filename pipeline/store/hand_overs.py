"""Hand-overs: which runs of the controller its worker has let go of, and to whom."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass

import asyncpg
from pydantic import TypeAdapter

from pipeline.model.errors import RunCancelled, StaleEpoch
from pipeline.model.hand_over import Carrier, HandOver, OneOff
from pipeline.model.release import ProjectId, RunId
from pipeline.model.run import Failure
from pipeline.model.states import ExitCode
from pipeline.store.connect import Address, connect
from pipeline.store.crossing import Connection, one_at_a_time
from pipeline.store.executors import LEASE_SECONDS
from pipeline.store.queries import load
from pipeline.store.runs import storable

_SQL = load("hand_overs")
_FAILURE = TypeAdapter(Failure)


@dataclass(frozen=True, kw_only=True)
class Switching:
    """A run of another project that touches production now and that somebody carries."""

    run: RunId
    kind: str
    project: str


class HandOvers:
    """On a pool, or on one connection of its own: `reading`."""

    def __init__(self, to: asyncpg.Pool | asyncpg.Connection) -> None:
        self._to = to

    async def begin(
        self,
        run: RunId,
        epoch: int,
        one_offs: Mapping[Carrier, OneOff],
        *,
        asked: str,
        schema: int,
        code: int,
    ) -> None:
        """The intent, before a container is made. Raises StaleEpoch."""
        text = json.dumps({carrier: asdict(one) for carrier, one in one_offs.items()})
        made = await self._to.fetchval(_SQL["begin_hand_over"], run, epoch, text, asked, schema, code)
        if made is None:
            raise StaleEpoch(run, epoch)

    async def of(self, run: RunId) -> HandOver | None:
        row = await self._to.fetchrow(_SQL["hand_over"], run)
        return _read(row) if row else None

    async def under_way(self, project: ProjectId) -> RunId | None:
        """The active run that somebody else than the project's worker carries."""
        run: RunId | None = await self._to.fetchval(_SQL["handed_over"], project)
        return run

    async def newest(self, project: ProjectId) -> RunId | None:
        """The newest run with a hand-over, ended or not."""
        run: RunId | None = await self._to.fetchval(_SQL["newest_hand_over"], project)
        return run

    async def ready(self, run: RunId, carrier: Carrier) -> None:
        await self._to.execute(_SQL["ready"], run, carrier)

    async def let_go(self, run: RunId, epoch: int) -> list[Switching]:
        """From now on the run touches production and the hand-over carries it. Not so where runs of other
        projects are in their switch, which it would cut: those, and nothing is done.

        Raises RunCancelled where it was called off before, StaleEpoch.
        """
        async with one_at_a_time(self._to) as connection:
            if there := await _elsewhere(connection, run):
                return there
            if await connection.fetchval(_SQL["hand_over_run"], run, epoch) is not None:
                return []
        by: str | None = await self._to.fetchval(_SQL["called_off_by"], run)
        if by is None:
            raise StaleEpoch(run, epoch)
        raise RunCancelled(by)

    async def take_back(self, run: RunId, failure: Failure, epoch: int | None = None) -> bool:
        """From now on the guard carries the run, back. False where that was so before.

        `epoch` is that of the hand-over where it asks for it itself; a stale one changes nothing.
        """
        text = storable(_FAILURE.dump_json(failure).decode())
        return await self._to.fetchval(_SQL["take_back"], run, text, epoch) is not None

    async def end_broken(self, run: RunId, failure: Failure) -> None:
        """The way back cannot even begin. For code that cannot work with the schema, too."""
        text = storable(_FAILURE.dump_json(failure).decode())
        await self._to.execute(_SQL["end_broken"], run, text, int(ExitCode.ROLLBACK_FAILED))

    async def end_by_worker(self, run: RunId) -> bool:
        """The new pair has proved itself, and its worker ends the run. False where the way back has begun."""
        return await self._to.fetchval(_SQL["end_by_worker"], run) is not None

    async def died(self, run: RunId) -> None:
        """The hand-over is about to be started again."""
        await self._to.execute(_SQL["died"], run)

    async def elsewhere(self, run: RunId) -> list[Switching]:
        """Runs of other projects than that of the run that touch production now, oldest first."""
        return await _elsewhere(self._to, run)

    async def schema_number(self) -> int:
        """Of the newest migration that was carried out."""
        number: int = await self._to.fetchval(_SQL["schema_number"])
        return number


@contextlib.asynccontextmanager
async def reading(address: Address) -> AsyncIterator[HandOvers]:
    """On one connection, whatever version the schema has: nothing is migrated. Raises JournalUnreachable."""
    connection = await connect(address, name="vnext hand-over")
    try:
        yield HandOvers(connection)
    finally:
        connection.terminate()


async def _elsewhere(to: asyncpg.Pool | Connection, run: RunId) -> list[Switching]:
    rows = await to.fetch(_SQL["switching_elsewhere"], run, LEASE_SECONDS)
    return [Switching(run=row["id"], kind=row["kind"], project=row["project"]) for row in rows]


def _read(row: asyncpg.Record) -> HandOver:
    return HandOver(
        run=row["run_id"],
        carrier=Carrier(row["carrier"]),
        one_offs={Carrier(name): OneOff(**found) for name, found in json.loads(row["one_offs"]).items()},
        schema_before=row["schema_before"],
        code_before=row["code_before"],
        ready=frozenset(Carrier(name) for name in row["ready"]),
        deaths=row["deaths"],
        failure=_FAILURE.validate_json(row["failure"]) if row["failure"] else None,
        asked=row["asked"],
        ended=row["ended"],
        proven=row["proven"],
        moved=row["moved"],
    )
