"""Looks at the remote every GIT_POLL_SECONDS, and at once when a git hook tells of a push; a new commit on
the watched branch becomes a push, once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.agenda import LOOK, Agenda
from bot.health import Part
from bot.telegram import Backoff
from bot.watch import Seen, decide, settled
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.errors import PipelineError
from pipeline.model.release import ProjectId
from pipeline.model.results import CommitLine
from pipeline.model.states import PushState
from pipeline.source import Source
from pipeline.store.connect import LOST
from pipeline.store.listen import REMOTE_MOVED
from pipeline.store.store import Store

_JITTER = 0.1
_LONGEST_DELAY = 600.0
_COMMITS = 20
_RUNS = 10

log = structlog.get_logger()


class Watch:
    def __init__(
        self,
        *,
        store: Store,
        source: Source,
        project: ProjectId,
        branch: str,
        every: float,
        part: Part,
        redact: Callable[[str], str],
    ) -> None:
        self._store = store
        self._source = source
        self._project = project
        self._branch = branch
        self._part = part
        self._redact = redact
        self._backoff = Backoff(first=every, longest=max(every, _LONGEST_DELAY))
        self._not_before = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """One look, or none while an earlier one that failed makes it wait."""
        if time.monotonic() >= self._not_before:
            await self._look_once()

    async def listen(self) -> None:
        """A look at once whenever a hook tells of a push, until cancelled. What it says is not believed:
        the look decides as always."""
        async with self._store.news.subscribe(REMOTE_MOVED) as moved:
            while True:
                if await moved.wait():
                    log.info("remote_may_have_moved")
                    await self._look_once()

    async def _look_once(self) -> None:
        """What goes wrong is logged and told on /health, and the next looks come later.

        A hook that tells of a push during a look brings another one after it.
        """
        async with self._looking:
            await self._look_and_judge()

    async def _look_and_judge(self) -> None:
        try:
            await self._look()
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            self._failed(error.what if isinstance(error, PipelineError) else str(error))
        except Exception as error:
            pass_on_cancellation()
            log.exception("watch_failed")
            self._failed(f"{type(error).__name__}: {error}")
        else:
            self._backoff.succeeded()
            self._not_before = 0.0

    def _failed(self, problem: str) -> None:
        delay = self._backoff.failed()
        self._not_before = time.monotonic() + delay
        self._part.failed(problem)
        log.warning("remote_not_seen", problem=problem, seconds=round(delay, 1))

    async def _look(self) -> None:
        tip = await self._source.tip(self._branch)
        if tip is None:
            self._part.failed(f"the remote has no branch {self._branch}")
            return
        seen = await self._seen(tip)
        if (run := settled(seen)) and seen.newest:
            await self._store.pushes.answer(seen.newest.id, PushState.DEPLOYED, run.id)
        match decide(seen):
            case "quiet":
                await self._store.pushes.add(self._project, self._branch, tip, [], quiet=True)
            case "ask":
                since = seen.live or (seen.newest.sha if seen.newest else None)
                commits = await self._commits(since, tip)
                if await self._store.pushes.add(self._project, self._branch, tip, commits):
                    log.info("push_seen", branch=self._branch, sha=tip)
            case "nothing" | "wait":
                pass
        self._part.ok()

    async def _seen(self, tip: str) -> Seen:
        project = await self._store.releases.project_by_id(self._project)
        live = project.live_release_id
        release = await self._store.releases.get(live) if live else None
        return Seen(
            tip=tip,
            newest=await self._store.pushes.newest(self._project, self._branch),
            live=release.sha if release else None,
            runs=await self._store.runs.recent(self._project, _RUNS),
        )

    async def _commits(self, since: str | None, until: str) -> list[CommitLine]:
        """What is new since the live release, at most twenty, newest first."""
        await self._source.fetch()
        found = await self._source.commits(since, until, limit=_COMMITS)
        clean = self._redact
        return [
            CommitLine(sha=c.sha, author=clean(c.author), subject=clean(c.subject)) for c in found.commits
        ]


@contextlib.asynccontextmanager
async def scheduled(watch: Watch, every: float, agenda: Agenda) -> AsyncIterator[None]:
    """`agenda` is told of the job. Looks at once, then every so many seconds, never two looks at a time."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    looks = scheduler.add_job(
        watch.look,
        "interval",
        seconds=every,
        jitter=every * _JITTER,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),
    )
    agenda.note(LOOK, looks)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
