"""Sends encrypted backups, which the worker left in the journal, to the home chat."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

import structlog

from bot.answer import Document
from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.release import Backup, BackupId, ProjectId
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.wording.markup import line
from pipeline.wording.words import day, size

UPLOAD_SECONDS = 180
"""45 MB at two megabits a second."""

LIES = "The backup itself is whole on the server."
_LOOK_SECONDS = 60.0

log = structlog.get_logger()


class Backups:
    """One at a time, in the lane of the chat, while no run is active, and without a sound: the run's result
    tells whoever asked for it."""

    def __init__(self, *, store: Store, outbox: Outbox, lanes: Lanes, home: Home, project: ProjectId) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._home = home
        self._project = project
        self._done: set[BackupId] = set()

    async def run(self) -> None:
        """Until cancelled."""
        async with self._store.news.subscribe() as news:
            while True:
                try:
                    await self._offer()
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("backup_for_chat_waits", problem=str(error))
                await news.wait(_LOOK_SECONDS)

    async def _offer(self) -> None:
        backup = await self._store.copies.waiting_for_chat(self._project)
        if backup is None:
            return
        if backup.id in self._done:  # sent, while the journal was away
            await self._store.copies.drop_chat_file(backup.id)
            return
        letter = Letter(deliver=partial(self._deliver, backup), key=("backup", backup.id))
        if self._lanes.post(self._home.chat, letter) is letter:
            await letter.done.wait()

    async def _deliver(self, backup: Backup) -> None:
        await self._outbox.hand_over(
            self._home.runs,
            Document(
                key=f"backup:{backup.id}",
                name=PurePath(backup.path).name,
                caption=f"Backup {backup.id} of {line(backup.database, 63)} · {day(backup.created_at)}"
                f" · {size(backup.bytes)} · encrypted",
                reply_to=None,
                load=partial(self._store.copies.chat_file, backup.id),
                sent=partial(self._close, backup.id),
                lost=partial(self._close, backup.id),
                where=LIES,
                seconds=UPLOAD_SECONDS,
                silent=True,
            ),
        )

    async def _close(self, backup: BackupId) -> None:
        self._done.add(backup)
        await self._store.copies.drop_chat_file(backup)
