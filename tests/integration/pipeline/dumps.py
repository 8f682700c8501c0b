"""What tests of dumps and restores on a real server share."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.containers.engine import Engine
from pipeline.database import restore
from pipeline.database.client import Client, find_client
from pipeline.database.dump import Dump, dump
from pipeline.database.manifest import Manifest, differences
from pipeline.database.sealing import Seal
from pipeline.database.survey import take
from pipeline.store.connect import Address, connect

PATIENCE = 300.0


def run_id() -> int:
    return secrets.randbelow(10**9)


def address_of(postgres: Any, database: str = "postgres") -> Address:
    return Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=database,
    )


async def execute(address: Address, sql: str) -> None:
    connection = await connect(address)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def value(address: Address, sql: str) -> object:
    connection = await connect(address)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@dataclass(frozen=True, kw_only=True)
class Journeying:
    """A database with its way to a backup and back, into a second database beside it."""

    engine: Engine
    address: Address

    @property
    def into(self) -> Address:
        return replace(self.address, database=f"{self.address.database}_restore_1")

    @property
    def admin(self) -> Address:
        return replace(self.address, database="postgres")

    async def client(self) -> Client:
        return await find_client(self.engine, self.address, "no such project")

    async def backed_up(self, into: Path, seal: Seal | None = None) -> Dump:
        number = run_id()
        return await dump(
            self.engine,
            await self.client(),
            into,
            name=f"run-{number}-backup",
            run_id=number,
            timeout=PATIENCE,
            redact=str,
            tell=lambda _: None,
            seal=seal,
        )

    async def brought_back(
        self, file: Path, like: Manifest, *, client: Client | None = None, identity: Path | None = None
    ) -> list[str]:
        """What of the manifest did not come back; none where all did."""
        number = run_id()
        await restore.bring_back(
            self.engine,
            client or await self.client(),
            self.admin,
            file,
            into=self.into.database,
            like=like.properties,
            tables=len(like.tables),
            name=f"run-{number}-prepare",
            run_id=number,
            timeout=PATIENCE,
            redact=str,
            tell=lambda _: None,
            identity=identity,
        )
        return differences(like, await take(self.into, None, timeout=PATIENCE, tell=lambda _: None))
