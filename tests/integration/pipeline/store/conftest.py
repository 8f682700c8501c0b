"""A journal of its own for each test, on a real server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import RunKind, Source, StageName
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store


@pytest.fixture
async def address(postgres: Any) -> Address:
    return Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=await postgres.create_database(),
    )


@pytest.fixture
async def store(address: Address) -> AsyncIterator[Store]:
    async with open_store(address) as store:
        yield store


@pytest.fixture
async def project(store: Store) -> Project:
    return await store.releases.project("agent", "https://example.org/app.git", "main")


@pytest.fixture
async def run(store: Store, project: Project) -> Run:
    """A deploy that an executor has just taken, its road laid."""
    asked = await store.runs.request(project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    await store.runs.lay(asked.id, asked.epoch, [StageName.PULL, StageName.TEST, StageName.APPROVE])
    claimed = await store.runs.claim(asked.id)
    assert claimed is not None
    return claimed
