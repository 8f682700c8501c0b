"""A throwaway PostgreSQL beside a real one: what is restored there, who gets in, and that nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from pipeline.containers import networks
from pipeline.containers.engine import RUN_LABEL, Engine, EngineRefused
from pipeline.containers.server import known
from pipeline.database import throwaway as module
from pipeline.database.client import Client, find_client
from pipeline.database.dump import Dump, dump
from pipeline.database.manifest import differences
from pipeline.database.restore import bring_back
from pipeline.database.roles import copy_roles
from pipeline.database.schema import RevisionUnknown
from pipeline.database.survey import take
from pipeline.database.throwaway import Throwaway, ThrowawayFailed, throwaway
from pipeline.process import Command, run
from pipeline.store.connect import Address, JournalUnreachable, connect

PATIENCE = 60.0
ROLE = "throwaway_reader"
FILL = """
CREATE TABLE thought (id serial PRIMARY KEY, words text NOT NULL);
INSERT INTO thought (words) SELECT 'thought ' || n FROM generate_series(1, 1000) n;
"""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def address(postgres: Any) -> Address:
    made = Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=await postgres.create_database(),
    )
    connection = await connect(made)
    try:
        with contextlib.suppress(Exception):
            await connection.execute(f"CREATE ROLE {ROLE}")
        await connection.execute(FILL)
        await connection.execute(f"GRANT SELECT ON thought TO {ROLE}")
    finally:
        await connection.close()
    return made


@pytest.fixture
async def client(engine: Engine, address: Address) -> Client:
    return await find_client(engine, address, "no such project")


class Left:
    """What Docker has of one run."""

    def __init__(self) -> None:
        self.run = secrets.randbelow(10**9)
        self.name = f"vnext-test-run-{self.run}-throwaway"
        self._client = docker.from_env()
        self._volumes = self._all_volumes()

    def containers(self) -> list[Any]:
        return list(
            self._client.containers.list(
                all=True, ignore_removed=True, filters={"label": f"{RUN_LABEL}={self.run}"}
            )
        )

    def volumes(self) -> set[str]:
        """Those of its container, now."""
        [container] = self.containers()
        return {mount["Name"] for mount in container.attrs["Mounts"]}

    def _all_volumes(self) -> set[str]:
        return {volume.id for volume in self._client.volumes.list()}

    def gone(self, volumes: set[str]) -> bool:
        return not self.containers() and not volumes & self._all_volumes()


def _throwaway(engine: Engine, like: Client, left: Left) -> Any:
    return throwaway(
        engine, like, name=left.name, run_id=left.run, redact=lambda text: text, timeout=PATIENCE
    )


async def _dumped(engine: Engine, client: Client, left: Left, folder: Path) -> Dump:
    return await dump(
        engine,
        client,
        folder / "agent.dump.zst",
        name=f"{left.name}-dump",
        run_id=left.run,
        timeout=PATIENCE,
        redact=lambda text: text,
        tell=lambda _: None,
    )


async def _brought_back(engine: Engine, copy: Throwaway, left: Left, made: Dump, into: str) -> None:
    await bring_back(
        engine,
        copy.client,
        copy.admin,
        made.path,
        into=into,
        like=made.manifest.properties,
        tables=len(made.manifest.tables),
        name=f"{left.name}-restore",
        run_id=left.run,
        timeout=PATIENCE,
        redact=lambda text: text,
        tell=lambda _: None,
    )


async def _value(address: Address, query: str) -> object:
    connection = await connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_backup_comes_back_in_it_and_nothing_is_left(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    left, quiet = Left(), lambda _: None
    made = await _dumped(engine, client, left, tmp_path)
    async with _throwaway(engine, client, left) as copy:
        assert isinstance(copy, Throwaway)
        volumes = left.volumes()
        assert volumes
        assert await copy.make_roles(made.manifest.roles) == [ROLE]
        assert await copy.make_roles(made.manifest.roles) == []
        await _brought_back(engine, copy, left, made, address.database)
        found = await take(copy.at(address.database), None, timeout=PATIENCE, tell=quiet)
        assert differences(made.manifest, found) == []
        assert await _value(copy.admin, "SHOW server_version") == await _value(address, "SHOW server_version")
        assert await _value(copy.admin, "SHOW fsync") == "off"
        assert await _value(copy.admin, "SHOW max_connections") == "200"
        await _value(copy.at(address.database), "DELETE FROM thought")
        assert await _value(address, "SELECT count(*) FROM thought") == 1000
        with pytest.raises(JournalUnreachable, match="password authentication failed"):
            await _value(replace(copy.admin, password="wrong"), "SELECT 1")
    assert left.gone(volumes)


async def test_a_database_that_is_named_like_that_of_every_server_comes_back_too(
    engine: Engine, client: Client, address: Address, tmp_path: Path
) -> None:
    left, like = Left(), replace(client, address=replace(address, database="postgres"))
    made = await _dumped(engine, client, left, tmp_path)
    async with _throwaway(engine, like, left) as copy:
        await copy.make_roles(made.manifest.roles)
        await _brought_back(engine, copy, left, made, "postgres")
        assert await _value(copy.at("postgres"), "SELECT count(*) FROM thought") == 1000


async def test_reached_by_address_where_the_live_one_is_in_its_networks(
    engine: Engine, client: Client, address: Address
) -> None:
    """As by a worker in a container: there is no port on loopback then."""
    assert client.server is not None
    [host] = (await known(engine, client.server.id)).addresses
    left, near = Left(), replace(client, address=replace(address, host=host, port=5432))
    async with _throwaway(engine, near, left) as copy:
        assert copy.admin.host not in (host, "127.0.0.1")
        assert copy.admin.port == 5432
        assert await _value(copy.admin, "SELECT current_user") == address.user
        [container] = left.containers()
        assert not any(container.ports.values())
    assert not left.containers()


async def test_in_a_network_that_leads_nowhere_the_names_of_the_live_one_mean_the_copy(
    engine: Engine, client: Client, address: Address
) -> None:
    left = Left()
    network = f"{left.name}-network"
    assert client.server is not None
    [live] = (await known(engine, client.server.id)).addresses
    image = client.server.image
    async with (
        networks.private(engine, network, run=left.run, project="vnext-test") as subnets,
        throwaway(
            engine,
            client,
            name=left.name,
            run_id=left.run,
            redact=lambda text: text,
            timeout=PATIENCE,
            network=network,
            subnets=subnets,
            aliases=["database", "also.here"],
        ) as copy,
    ):
        assert copy.client.server is not None
        await copy_roles(address, copy.admin)
        await networks.leave_others(engine, copy.client.server.id, network)
        for name in ("database", "also.here"):
            assert await _psql(network, image, name, ROLE) == (0, ROLE)
        code, said = await _psql(network, image, live, address.user)
        assert code == 2, said
        assert await copy.answer("postgres", ROLE, "SELECT current_user") == ROLE
        assert await copy.answer("postgres", ROLE, "SELECT version FROM not_there") is None
        with pytest.raises(RevisionUnknown, match="division by zero"):
            await copy.answer("postgres", ROLE, "SELECT 1 / 0")
        assert await networks.remove_networks(engine, "vnext-test", left.run + 1) == []
    assert not left.containers()
    assert await networks.remove_networks(engine, "vnext-test", left.run) == []


async def _psql(network: str, image: str, host: str, user: str) -> tuple[int, str]:
    """Who one is on that host, without a password; exit code and output."""
    words = ("psql", "-XAtq", "-h", host, "-U", user, "-d", "postgres", "-w", "-c", "SELECT current_user")
    limit = ("--env", "PGCONNECT_TIMEOUT=5")
    argv = ("docker", "run", "--rm", "--network", network, *limit, "--entrypoint", "env", image, *words)
    done = await run(Command(argv=argv), timeout=PATIENCE)
    return done.exit_code, (done.stdout or done.stderr).strip()


async def test_roles_come_with_what_they_may_and_how_they_are_set(
    engine: Engine, client: Client, address: Address
) -> None:
    name = f"t{secrets.token_hex(4)}"
    connection = await connect(address)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN CREATEDB BYPASSRLS PASSWORD 'of its own'")
        await connection.execute(f"ALTER ROLE {name} SET search_path TO app, public")
        await connection.execute(f"GRANT pg_monitor, {ROLE} TO {name}")
        async with _throwaway(engine, client, Left()) as copy:
            assert name in await copy_roles(address, copy.admin)
            assert await copy_roles(address, copy.admin) == []
            assert await copy.answer("postgres", name, "SHOW search_path") == "app, public"
            query = "SELECT rolcreatedb, rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user"
            assert await copy.answer("postgres", name, query) == "t|t|f"
            for other in ("pg_monitor", ROLE):
                query = f"SELECT pg_has_role('{other}', 'member')"
                assert await copy.answer("postgres", name, query) == "t"
            query = "SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL"
            assert await _value(copy.admin, query) == 1
    finally:
        await connection.execute(f"DROP ROLE {name}")
        await connection.close()


async def test_cancelled_it_is_gone_too(engine: Engine, client: Client) -> None:
    left, inside = Left(), asyncio.Event()

    async def use() -> None:
        async with _throwaway(engine, client, left):
            inside.set()
            await asyncio.Event().wait()

    using = asyncio.create_task(use())
    async with asyncio.timeout(PATIENCE):
        await inside.wait()
    volumes = left.volumes()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert left.gone(volumes)


async def test_what_a_killed_worker_left_is_swept_or_replaced(engine: Engine, client: Client) -> None:
    left = Left()
    async with _throwaway(engine, client, left):
        first = left.containers()[0].id
        async with _throwaway(engine, client, left):
            assert [container.id for container in left.containers()] != [first]
            volumes = left.volumes()
            assert await engine.remove_one_offs("vnext-test", left.run) == [left.name]
            assert left.gone(volumes)


async def test_where_it_dies_its_last_lines_say_why(
    engine: Engine, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Left()
    monkeypatch.setattr(module, "configuration", lambda _: "port = 'nowhere'")
    with pytest.raises(ThrowawayFailed, match="The throwaway PostgreSQL ended by itself") as caught:
        async with _throwaway(engine, client, left):
            pass
    assert 'invalid value for parameter "port": "nowhere"' in caught.value.log
    assert not left.containers()


async def test_an_image_of_something_else_is_refused(engine: Engine, client: Client, images: Any) -> None:
    left = Left()
    python = await engine.image(images.python)
    assert client.server is not None
    assert python is not None
    with pytest.raises(EngineRefused, match="unable to find user postgres"):
        async with _throwaway(engine, replace(client, server=replace(client.server, image=python.id)), left):
            pass
    assert not left.containers()


async def test_a_server_elsewhere_has_no_image_to_start(engine: Engine, client: Client) -> None:
    with pytest.raises(ThrowawayFailed, match="does not run in a container here"):
        async with _throwaway(engine, replace(client, server=None), Left()):
            pass
