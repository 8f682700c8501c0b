"""A throwaway PostgreSQL of the server's own image: for trying what may not be tried on the server itself."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.containers import server
from pipeline.containers.engine import Container, Engine
from pipeline.database.client import LOOPBACK, Client
from pipeline.database.roles import make_missing
from pipeline.database.schema import RevisionUnknown
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.process import Command, run
from pipeline.store.connect import Address, JournalUnreachable, connect
from pipeline.store.queries import load

PORT = 5432
_FOLDER = "/tmp"  # noqa: S108 - in its container: whoever the image runs as may write there
_USER = "postgres"
_DATABASES = ("postgres", "template1")
"""Of those that every server has, the first whose name no restore takes is where the superuser speaks."""
_AGAIN_SECONDS = 0.1
_ASK_SECONDS = 30.0
_LOG_LINES = 30
_NO_TABLE = "42P01"
_SQL = load("throwaway")

_SCRIPT = """set -eu
umask 077
data=/tmp/throwaway
printf '%s\\n' "$THROWAWAY_PASSWORD" > /tmp/password
initdb --pgdata="$data" --username="$THROWAWAY_USER" --pwfile=/tmp/password --encoding=UTF8 --locale=C \\
    --auth=scram-sha-256 --no-sync --no-instructions
rm /tmp/password
printf '%s\\n' "$THROWAWAY_HBA" > "$data/pg_hba.conf"
printf '%s\\n' "$THROWAWAY_SETTINGS" >> "$data/postgresql.conf"
unset THROWAWAY_PASSWORD
exec postgres -D "$data"
"""

_HASTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "listen_addresses": "*",
    "port": str(PORT),
    "unix_socket_directories": _FOLDER,
    "password_encryption": "scram-sha-256",
}
"""Nothing in it is to outlive a crash."""


class ThrowawayFailed(StageFailed):
    """No throwaway server could be had."""


@dataclass(frozen=True, kw_only=True)
class Throwaway:
    """`client` runs PostgreSQL's programs in its network; `admin` is a database that every server has and
    that is not named like the live one, reached from here as the superuser that the live server was made
    with."""

    client: Client
    admin: Address

    def at(self, database: str) -> Address:
        return replace(self.admin, database=database)

    async def make_roles(self, names: Collection[str]) -> list[str]:
        """Makes the roles that are missing, without a password; which ones."""
        connection = await connect(self.admin)
        try:
            return await make_missing(connection, names)
        finally:
            await connection.close()

    async def answer(self, database: str, user: str, query: str) -> str | None:
        """What a query for one value answers that role, asked inside the container, also where nothing else
        is reached any more. None for NULL and for no row, and where its table is not there.

        Raises RevisionUnknown.
        """
        container = self.client.server
        if container is None:
            raise ValueError("a throwaway server has a container")
        asked = await run(
            Command(
                argv=(
                    *("docker", "exec", container.id, "psql", "--no-psqlrc", "--no-align"),
                    *("--tuples-only", "--quiet", "--no-password", "--set=VERBOSITY=verbose"),
                    *("--host=127.0.0.1", f"--username={user}", f"--dbname={database}"),
                    f"--command={query}",
                )
            ),
            timeout=_ASK_SECONDS,
        )
        if asked.exit_code == 0:
            return asked.stdout.strip() or None
        if _NO_TABLE in asked.stderr:
            return None
        said = asked.stderr.strip().partition("\n")[0]
        raise RevisionUnknown(
            f"The schema's revision could not be read on the copy ({query}): {said}.",
            advice="Correct x-pipeline.migrate.revision: one query that gives one value.",
        )


@contextlib.asynccontextmanager
async def throwaway(
    engine: Engine,
    like: Client,
    *,
    name: str,
    run_id: int,
    redact: Callable[[str], str],
    timeout: float,
    network: str | None = None,
    subnets: Sequence[str] = (),
    aliases: Sequence[str] = (),
) -> AsyncIterator[Throwaway]:
    """Starts one beside the live server, and removes it with its data in any case.

    It is reached as the live one is: by a port on loopback or in that one's networks, under no name there.
    In `network` it has `aliases`, and from its `subnets` everybody is let in as whoever they say they are:
    only containers of the same run may be there. `timeout` is until it answers, in seconds.

    Raises ThrowawayFailed, JournalUnreachable where the live one does not answer.
    """
    live = like.server
    if live is None:
        raise ThrowawayFailed(
            f"A copy of {like.address.database} cannot be tried out: its server {like.address.host} does not"
            " run in a container here, so there is no image to start another one of.",
            advice="Nothing is to be mended: this is done only where the database runs in a container here.",
        )
    carried, first = await _of_the_live_one(like.address)
    database = next(name for name in _DATABASES if name != like.address.database)
    admin = replace(like.address, database=database, user=first, password=secrets.token_urlsafe(24))
    published = like.address.host in LOOPBACK
    wanted = server.Server(
        image=live.image,
        name=name,
        run=run_id,
        user=None if await server.user_of(engine, live.image) else _USER,
        script=_SCRIPT,
        env={
            "THROWAWAY_USER": admin.user,
            "THROWAWAY_PASSWORD": admin.password,
            "THROWAWAY_HBA": hba(subnets),
            "THROWAWAY_SETTINGS": configuration(carried),
        },
        folder=_FOLDER,
        port=PORT,
        published=published,
        others=await server.networks_of(engine, live.id),
        network=network,
        aliases=aliases,
    )
    try:
        await server.start(engine, wanted)
        container, address = await _ready(engine, wanted, admin, redact, timeout)
        yield Throwaway(client=Client(address=admin, server=container), admin=address)
    finally:
        await engine.remove(name)


def hba(trusted: Sequence[str]) -> str:
    """Who is let in: with the password; from inside the container and from the trusted subnets without."""
    lines = [f"host all all {subnet} trust" for subnet in ("127.0.0.1/32", *trusted)]
    return "\n".join([*lines, "host all all all scram-sha-256"])


def configuration(carried: Mapping[str, str]) -> str:
    """Lines of postgresql.conf: what is carried over from the live server, and haste."""
    return "\n".join(f"{key} = '{_escaped(value)}'" for key, value in {**carried, **_HASTY}.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


async def _of_the_live_one(live: Address) -> tuple[dict[str, str], str]:
    """Its settings, and the name of the superuser that it was made with."""
    connection = await connect(live)
    try:
        rows = await connection.fetch(_SQL["carried"])
        return {row["name"]: row["setting"] for row in rows}, await connection.fetchval(_SQL["first_role"])
    finally:
        await connection.close()


async def _ready(
    engine: Engine, wanted: server.Server, admin: Address, redact: Callable[[str], str], timeout: float
) -> tuple[Container, Address]:
    """Waits until it lets us in; by which way is seen then."""
    deadline = time.monotonic() + timeout
    while True:
        container = await engine.container(wanted.name)
        if container is None or not container.running:
            raise await _died(engine, wanted.name, redact, "ended by itself")
        for address in await _ways(engine, wanted, admin):
            if await _answers(address, deadline - time.monotonic()):
                return container, address
        if time.monotonic() >= deadline:
            raise await _died(engine, wanted.name, redact, f"did not answer within {timeout:g} s")
        await asyncio.sleep(_AGAIN_SECONDS)


async def _ways(engine: Engine, wanted: server.Server, admin: Address) -> list[Address]:
    found = await server.reach(engine, wanted.name, PORT)
    if wanted.published:
        return [replace(admin, host="127.0.0.1", port=found.published)] if found.published else []
    return [
        replace(admin, host=address, port=PORT)
        for name, address in found.addresses.items()
        if name != wanted.network
    ]


async def _answers(address: Address, seconds: float) -> bool:
    try:
        async with asyncio.timeout(max(seconds, _AGAIN_SECONDS)):
            connection = await connect(address)
    except (JournalUnreachable, TimeoutError):
        return False
    connection.terminate()
    return True


async def _died(engine: Engine, name: str, redact: Callable[[str], str], how: str) -> ThrowawayFailed:
    log = ""
    with contextlib.suppress(PipelineError):
        log = redact("\n".join(await engine.logs(name, tail=_LOG_LINES)))
    last = f": {log.splitlines()[-1]}" if log else ""
    return ThrowawayFailed(
        f"The throwaway PostgreSQL {how}{last}.",
        advice="See its last lines; it is of the server's own image and needs initdb and postgres there.",
        log=log,
    )
