"""What a digest tells, read from the journal; and the picture that may follow it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import structlog

from bot.answer import Document
from bot.cards.digest import Told
from bot.cards.status import Next
from bot.home import Home
from bot.lane import Letter
from bot.lanes import Lanes
from bot.outbox import Outbox
from bot.waiting import waiting
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.release import ProjectId
from pipeline.model.schedule import Digest
from pipeline.scheduled import next_moment
from pipeline.store.connect import LOST
from pipeline.store.digests import ToPicture
from pipeline.store.store import Store
from pipeline.wording.schedule import TITLE

Picture = Callable[[], Awaitable[bytes | None]]
"""A PNG, or None where there is none to send. What it raises costs the picture only."""

_LOOK_SECONDS = 60.0

log = structlog.get_logger()


async def told(store: Store, digest: Digest, now: datetime) -> Told:
    project = await store.releases.project_by_id(digest.project_id)
    live = project.live_release_id
    resting = await store.schedules.resting(project.id)
    comes = [
        Next(name=TITLE[each.name].lower(), at=at)
        for each in await store.schedules.all(project.id)
        if each.name not in resting and (at := next_moment(each, now)) is not None
    ]
    paused = await store.pauses.current(project.id)
    plan, question = await waiting(store, await store.runs.active(project.id))
    return Told(
        project=project.name,
        digest=digest,
        happened=await store.digests.happened(digest),
        live=await store.releases.get(live) if live else None,
        seen=await store.releases.observation(project.id),
        backup=await store.releases.newest_usable_backup(project.id),
        proven=await store.releases.last_proven_backup(project.id),
        alerts=await store.alerts.open(project.id),
        plan=plan,
        question=question,
        quarantined=await store.digests.in_quarantine(project.id),
        paused=paused,
        resting=list(resting.values()),
        agenda=[] if paused else sorted(comes, key=lambda each: each.at),
    )


class DigestPictures:
    """Sends the picture after the text of a digest, silently and at most once: a bot that is killed while it
    sends one does not send it again."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        lanes: Lanes,
        home: Home,
        project: ProjectId,
        picture: Picture,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._lanes = lanes
        self._home = home
        self._project = project
        self._picture = picture

    async def run(self) -> None:
        """Until cancelled."""
        async with self._store.news.subscribe() as news:
            while True:
                try:
                    await self._offer(self._picture)
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("picture_waits", problem=str(error))
                await news.wait(_LOOK_SECONDS)

    async def _offer(self, picture: Picture) -> None:
        found = await self._store.digests.to_picture(self._project, self._home.chat)
        if found is None or not await self._store.digests.picture(found.digest.id):
            return
        try:
            content = await picture()
        except Exception:
            pass_on_cancellation()
            log.exception("picture_not_made", digest=found.digest.id)
            return
        if content is not None:
            letter = Letter(deliver=partial(self._deliver, found, content), key=("picture", found.digest.id))
            self._lanes.post(self._home.chat, letter)

    async def _deliver(self, found: ToPicture, content: bytes) -> None:
        digest = found.digest

        async def load() -> bytes | None:
            return content

        async def nothing() -> None:
            pass

        await self._outbox.hand_over(
            self._home.of("digest"),
            Document(
                key=f"picture:{digest.id}",
                name=f"digest-{digest.moment:%Y-%m-%d}.png",
                caption="Trends up to this digest",
                reply_to=found.message_id,
                load=load,
                sent=nothing,
                where="The digest itself is complete without it.",
                photo=True,
                silent=True,
            ),
        )
