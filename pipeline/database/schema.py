"""The revision of the application's schema: asked with a query, or read from what a command printed."""

from __future__ import annotations

import re

import asyncpg

from pipeline.model.errors import PipelineError
from pipeline.store.connect import Address, connect

_QUERY_SECONDS = 15.0
_LONGEST = 200
_REMARKS = re.compile(r"(?:\s+\([^()]*\))+$")
"""Such as `(head)` behind what Alembic tells."""


class RevisionUnknown(PipelineError):
    """The query or the command for the revision failed."""


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


def told(output: str) -> str | None:
    """The last line that is not empty, without remarks in parentheses at its end; None where there is none.

    Raises ValueError where that cannot be a revision.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines:
        return None
    found = _REMARKS.sub("", lines[-1])
    if len(found) > _LONGEST:
        raise ValueError(f"its last line has {len(found)} characters, and may have {_LONGEST}")
    if not found.isprintable():
        raise ValueError(f"its last line is {found!r}, which is no text")
    return found
