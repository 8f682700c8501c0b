"""NOTIFY of a push. Apart from what listens, for a git hook begins with it and has little time."""

from __future__ import annotations

from pipeline.cancelling import pass_on_cancellation
from pipeline.store.connect import LOST, Address, JournalUnreachable, connect

REMOTE_MOVED = "pipeline_remote"
"""The channel on which a git hook tells that the watched branch may have moved."""


async def tell_remote_moved(journal: Address) -> None:
    """Wakes whoever watches the remote, without a pool. Raises JournalUnreachable."""
    connection = await connect(journal)
    try:
        await connection.execute("SELECT pg_notify($1, '')", REMOTE_MOVED)
        await connection.close()
    except LOST as error:
        pass_on_cancellation()
        raise JournalUnreachable(journal, str(error) or type(error).__name__) from error
    finally:
        connection.terminate()
