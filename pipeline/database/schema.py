"""The revision of the application's schema, asked with the query of `x-pipeline.migrate.revision`."""

from __future__ import annotations

import asyncpg

from pipeline.model.errors import PipelineError
from pipeline.store.connect import Address, connect

_QUERY_SECONDS = 15.0


class RevisionUnknown(PipelineError):
    """The query for the revision failed."""


async def revision(address: Address, query: str) -> str | None:
    """What the query answers, as text; None where its table is not there yet. Raises RevisionUnknown."""
    connection = await connect(address)
    try:
        async with connection.transaction(readonly=True):
            value = await connection.fetchval(query, timeout=_QUERY_SECONDS)
    except asyncpg.UndefinedTableError:
        return None
    except (asyncpg.PostgresError, TimeoutError) as error:
        raise RevisionUnknown(
            f"The schema's revision could not be read ({query}): {error}.",
            advice="Correct x-pipeline.migrate.revision: one query that gives one value.",
        ) from error
    finally:
        await connection.close()
    return None if value is None else str(value)
