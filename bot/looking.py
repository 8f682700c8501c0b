"""One look at the remote: a new commit on the watched branch becomes a push, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from bot.declared import Declared
from bot.health import Part
from bot.pushed import COMPOSE_FILE, pushed
from bot.reach import WATCHER, BranchGone, Reach
from bot.telegram import Backoff
from bot.watch import Seen, decide, gathers_since, settled, wants_ci
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.alert import Problem
from pipeline.model.ci import Ci
from pipeline.model.errors import PipelineError
from pipeline.model.push import Push
from pipeline.model.release import ProjectId
from pipeline.model.states import PushState
from pipeline.source import Source
from pipeline.source.errors import RemoteUnreachable
from pipeline.store.connect import LOST
from pipeline.store.remote_moved import REMOTE_MOVED
from pipeline.store.store import Store

_LONGEST_DELAY = 600.0
_CI_SECONDS = 15.0
_RUNS = 10

AskCi = Callable[[str], Awaitable[Ci | None]]
"""What the forge says of a commit, by its full SHA; None where it knows none of it."""

log = structlog.get_logger()


class Watch:
    """`every` is in seconds; `clock` gives monotonic ones. Without `ci` nothing is told of CI."""

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
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        ci: AskCi | None = None,
    ) -> None:
        self._store = store
        self._source = source
        self._project = project
        self._branch = branch
        self._part = part
        self._redact = redact
        self._now = now
        self._clock = clock
        self._ci = ci
        self._declared = Declared()
        self._backoff = Backoff(first=every, longest=max(every, _LONGEST_DELAY))
        self._reach = Reach()
        self._fine = False
        self._not_before = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """One look, or none while an earlier one that failed makes it wait."""
        if self._clock() >= self._not_before:
            await self.look_now()

    async def listen(self) -> None:
        """A look at once whenever a hook tells of a push, until cancelled. What it says is not believed:
        the look decides as always."""
        async with self._store.news.subscribe(REMOTE_MOVED) as moved:
            while True:
                if await moved.wait():
                    log.info("remote_may_have_moved")
                    await self.look_now()

    async def look_now(self) -> None:
        """What goes wrong is logged and told on /health, and the next looks come later; a remote that stays
        away is an alert.

        A hook that tells of a push during a look brings another one after it.
        """
        async with self._looking:
            await self._look_and_judge()

    async def _look_and_judge(self) -> None:
        try:
            await self._look()
            await self._settle(self._reach.reached())
        except (RemoteUnreachable, BranchGone) as error:
            self._failed(error.what)
            await self._settle(self._reach.failed(error, self._now()))
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
            self._part.ok()

    def _failed(self, problem: str) -> None:
        delay = self._backoff.failed()
        self._not_before = self._clock() + delay
        self._part.failed(problem)
        log.warning("remote_not_seen", problem=problem, seconds=round(delay, 1))

    async def _settle(self, problems: Sequence[Problem] | None) -> None:
        if problems is None or (self._fine and not problems):
            return
        self._fine = False
        try:
            await self._store.alerts.settle(self._project, WATCHER, problems, self._now())
            self._fine = not problems
        except LOST as error:
            pass_on_cancellation()
            log.warning("alert_not_told", watcher=WATCHER, problem=str(error))

    async def _look(self) -> None:
        tip = await self._source.tip(self._branch)
        if tip is None:
            raise BranchGone(self._branch, self._source.url)
        newest = await self._store.pushes.newest(self._project, self._branch)
        if newest is not None and newest.sha == tip and newest.state is not PushState.SEEN:
            return  # known and answered, as most looks find it
        seen = await self._seen(tip, newest)
        if (run := settled(seen)) and seen.newest:
            await self._store.pushes.answer(seen.newest.id, PushState.DEPLOYED, run.id)
        match decide(seen):
            case "quiet":
                await self._store.pushes.quiet(self._project, self._branch, tip, self._now())
            case "ask":
                await self._hear_ci(await self._ask(seen))
            case "nothing":
                await self._hear_ci(seen.newest)
            case "wait":
                pass

    async def _seen(self, tip: str, newest: Push | None) -> Seen:
        project = await self._store.releases.project_by_id(self._project)
        live = project.live_release_id
        release = await self._store.releases.get(live) if live else None
        return Seen(
            tip=tip,
            newest=newest,
            known=await self._store.pushes.of(self._project, self._branch, tip),
            live=release.sha if release else None,
            runs=await self._store.runs.recent(self._project, _RUNS),
        )

    async def _ask(self, seen: Seen) -> Push | None:
        """The push; None where it was answered before."""
        await self._source.fetch()
        named, group = await compose_file(self._store, self._project)
        commits, facts = await pushed(
            self._source,
            seen.tip,
            live=seen.live,
            before=seen.newest,
            compose_file=named,
            group=group,
            declared=self._declared,
            clean=self._redact,
        )
        now = self._now()
        pause = await self._store.pauses.current(self._project)
        mute = await self._store.mutes.current(self._project, now)
        since = gathers_since(now, pause, mute)
        push = await self._store.pushes.ask(
            self._project, self._branch, seen.tip, commits, facts, now, gathers_since=since
        )
        if push is not None:
            log.info("push_seen", branch=self._branch, sha=seen.tip, prompt=push.prompt)
        return push

    async def _hear_ci(self, push: Push | None) -> None:
        """A forge that does not answer changes nothing: the next look asks again, for a while."""
        if self._ci is None or push is None or not wants_ci(push, self._now()):
            return
        try:
            async with asyncio.timeout(_CI_SECONDS):
                said = await self._ci(push.sha)
        except Exception as error:
            pass_on_cancellation()
            log.warning("ci_not_known", sha=push.sha, problem=f"{type(error).__name__}: {error}")
            return
        if said is not None and said is not push.ci:
            await self._store.pushes.note_ci(push, said)


async def nobody_looks(store: Store, project: ProjectId, now: datetime) -> None:
    """With PUSH_MODE=off: what was wrong with the remote before is over, for nobody would see that it is.
    Raises LOST."""
    await store.alerts.settle(project, WATCHER, [], now)


async def compose_file(store: Store, project: ProjectId) -> tuple[str, str | None]:
    """DOCKER_COMPOSE_FILE and DEPLOYMENT_GROUP as the worker told them: where the compose file lies in a
    commit, and whose section of it counts."""
    worker = await store.settings.of(project, "worker")
    told = {each.key: each.value for each in worker.settings} if worker else {}
    return told.get("DOCKER_COMPOSE_FILE") or COMPOSE_FILE, told.get("DEPLOYMENT_GROUP")
