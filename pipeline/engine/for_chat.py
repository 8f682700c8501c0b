"""Hands the encrypted backup of a run to the journal, from where the bot sends it to the chat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.model.results import BackedUp
from pipeline.model.run import Run
from pipeline.model.states import StageName, StageState
from pipeline.store.store import Store
from pipeline.wording.backup import CHAT_BYTES, not_for_chat

_KEEP_SECONDS = 60.0

log = structlog.get_logger()


async def keep_for_chat(store: Store, run: Run) -> None:
    """Where the run has made a backup that may go there. That it cannot be done is logged and keeps no run
    from ending.
    """
    try:
        async with asyncio.timeout(_KEEP_SECONDS):
            stage = (await store.runs.view(run.id)).stage(StageName.BACKUP)
            if stage is None or stage.state is not StageState.SUCCEEDED:
                return
            made = stage.result
            if isinstance(made, BackedUp) and made.path and not not_for_chat(Path(made.path), made.bytes):
                content = await asyncio.to_thread(_content, Path(made.path))
                await store.copies.keep_for_chat(run.id, run.epoch, content)
    except Exception as problem:
        pass_on_cancellation()
        log.warning("backup_not_for_chat", run=run.id, problem=f"{type(problem).__name__}: {problem}")


def _content(path: Path) -> bytes:
    """Raises OSError, ValueError where it is larger than it was."""
    with path.open("rb") as file:
        content = file.read(CHAT_BYTES + 1)
    if len(content) > CHAT_BYTES:
        raise ValueError(f"{path.name} has grown")
    return content
