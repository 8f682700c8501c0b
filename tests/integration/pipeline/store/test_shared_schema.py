"""Which release of this program may come back by hand, given the journal's schema."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engine.local_pair import shared_schema
from pipeline.model.errors import NOTHING_CHANGED, PipelineError
from pipeline.store.connect import Address
from pipeline.store.schema import newest
from pipeline.store.store import Store
from tests.ports import free_port
from tests.unit.bot.samples import release

NEWER = "INSERT INTO schema_migrations (version, works_with) VALUES ($1, $2)"


async def test_a_release_that_cannot_work_with_the_schema_is_refused(store: Store, address: Address) -> None:
    known, above = newest(), newest() + 1
    goal = release(schema_revision=str(known))
    assert await shared_schema(address, goal) == (
        f"The journal's schema is at {known}; that release knows {known}, and works with it."
    )

    await store.pool.execute(NEWER, above, known)
    assert await shared_schema(address, goal) == (
        f"The journal's schema is at {above}; that release knows {known}, and works with it."
    )
    assert await shared_schema(address, release(schema_revision=None)) == (
        f"The journal's schema is at {above}; it is not known which one that release knows."
    )

    await store.pool.execute(NEWER, above + 1, above)
    with pytest.raises(PipelineError) as refused:
        await shared_schema(address, goal)
    assert refused.value.what == (
        f"{goal.short_sha} cannot work with the journal: it knows the schema {known}, and the journal's is at"
        f" {above + 1}."
    )
    assert f"python -m pipeline migrate --to {known}." in refused.value.advice
    assert refused.value.production == NOTHING_CHANGED


async def test_without_postgres_it_is_tried(address: Address) -> None:
    told = await shared_schema(replace(address, port=free_port()), release(schema_revision="1"))
    assert told.startswith("PostgreSQL does not answer, so it is not known whether")
