"""The watch as long as the worker lives: each watcher has a pace of its own, and none waits for another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.engine import EngineRefused, EngineUnreachable
from pipeline.containers.events import Happenings
from pipeline.model.alert import Problem, Severity
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.probe import Unreachable
from pipeline.stages.journey import Parts
from pipeline.stages.live import labels
from pipeline.store.connect import LOST
from pipeline.watching import backups, endpoint, host, production, surroundings
from pipeline.watching.lasting import Memory
from pipeline.watching.sampling import Sampler
from pipeline.watching.telling import Telling

_DOCKER_AWAY = (EngineUnreachable, EngineRefused, TimeoutError)

_OF_ALL = ("docker", "host", "bot")

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Paces:
    """Seconds between two looks: at production while nothing happens, while something is on the way, and at
    the least, however much happens; and of each other watcher."""

    production: float = 10.0
    pending: float = 5.0
    least: float = 3.0
    endpoint: float = 15.0
    host: float = 30.0
    bot: float = 30.0
    backups: float = 300.0
    certificate: float = 3600.0


PACES = Paces()


async def keep_watching(
    parts: Parts,
    project: Project,
    *,
    whole: bool = True,
    paces: Paces = PACES,
    patience: production.Patience = production.PATIENCE,
) -> None:
    """Until cancelled. No run waits for it, and it holds no lock. With `whole` it also tells what is not of
    one project: the machine's room and memory, Docker, and the bot."""
    watch = _Watch(
        parts=parts,
        sampler=Sampler(parts, project),
        telling=Telling(parts.store, project.id),
        paces=paces,
        patience=patience,
        whole=whole,
    )
    of_all = (("host", paces.host, watch.host), ("bot", paces.bot, watch.bot))
    async with asyncio.TaskGroup() as group:
        group.create_task(watch.production(), name="watch-production")
        for name, seconds, look in (
            ("endpoint", paces.endpoint, watch.endpoint),
            ("certificate", paces.certificate, watch.certificate),
            ("backups", paces.backups, watch.backups),
            ("way-back", paces.backups, watch.way_back),
            *(of_all if whole else (("others", paces.backups, watch.leave_to_another),)),
        ):
            group.create_task(_every(name, seconds, look), name=f"watch-{name}")


async def _every(name: str, seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    while True:
        await _guarded(name, look)
        await asyncio.sleep(seconds)


async def _guarded(name: str, look: Callable[[], Awaitable[None]]) -> None:
    """A watcher that cannot look leaves what it told as it is, and looks again."""
    try:
        await look()
    except (PipelineError, *LOST) as error:
        pass_on_cancellation()
        log.warning("watcher_waits", watcher=name, problem=str(error) or type(error).__name__)
    except Exception:
        pass_on_cancellation()
        log.exception("watcher_failed", watcher=name)


@dataclass(kw_only=True)
class _Watch:
    """`blind` is while Docker cannot be asked, `down` while a critical service is told to be down, `serves`
    what API_URL answered last."""

    parts: Parts
    sampler: Sampler
    telling: Telling
    paces: Paces
    patience: production.Patience
    whole: bool
    blind: bool = False
    down: bool = False
    serves: bool | None = None
    _production: production.Watched | None = None
    _endpoint: endpoint.Watched | None = None
    _memories: dict[str, Memory] = field(default_factory=dict)

    async def production(self) -> None:
        happenings = Happenings()
        loop = asyncio.get_running_loop()
        while True:
            async with happenings.listen(labels(self.parts)):
                while True:
                    began = loop.time()
                    await _guarded("production", lambda: self._look(happenings))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._pause()):
                            await happenings.news.wait()
                    if not happenings.streams:
                        break
                    await asyncio.sleep(max(0.0, began + self.paces.least - loop.time()))

    def _pause(self) -> float:
        lasting = self._production.memory.lasting if self._production else {}
        pending = self.blind or any(one.turned_at for one in lasting.values())
        return self.paces.pending if pending else self.paces.production

    async def _look(self, happenings: Happenings) -> None:
        if self._production is None:
            self._production = production.Watched(memory=await self._of_before("production"))
        switching, live = await self.sampler.switching(), await self.sampler.live()
        taken = happenings.take()
        try:
            look = await self.sampler.production(live, taken)
        except _DOCKER_AWAY as error:
            pass_on_cancellation()
            happenings.put_back(taken)
            self.blind = True
            await self._docker(
                error.what if isinstance(error, PipelineError) else "It gave no answer in time."
            )
            return
        await self._docker(None)
        self.blind = False
        now = self.parts.clock()
        if switching or await self.sampler.switching():
            self._production = production.at_rest(self._production, look, now)
            problems = self._production.memory.all
        else:
            self._production, problems = production.watch(self._production, look, now, self.patience)
        self.down = any(
            problem.severity is Severity.CRITICAL and problem.fingerprint.startswith(("down/", "loop/"))
            for problem in problems
        )
        await self.telling.settle("production", problems, now)

    async def _docker(self, trouble: str | None) -> None:
        if not self.whole:
            return
        now, known = self.parts.clock(), await self._memory("docker")
        self._memories["docker"], problems = surroundings.watch_docker(known, trouble, self.serves, now)
        await self.telling.settle("docker", problems, now)

    async def endpoint(self) -> None:
        """While Docker is away or a service is down, which is told, what is told of the answers stays."""
        if self._endpoint is None:
            self._endpoint = endpoint.Watched(memory=await self._of_before("endpoint"))
        if await self.sampler.switching():
            self._endpoint, self.serves = endpoint.at_rest(self._endpoint), None
            return
        live = await self.sampler.live()
        asked = await self.sampler.endpoint(live)
        self.serves = asked.answered is not endpoint.Answered.FAILING if asked else None
        if self.blind or self.down or await self.sampler.switching():
            self._endpoint = endpoint.at_rest(self._endpoint)
            return
        now = self.parts.clock()
        problems: list[Problem]
        if asked is None or live is None:  # nothing to ask, or nothing was deployed yet
            self._endpoint, problems = endpoint.Watched(), []
        else:
            self._endpoint, problems = endpoint.watch(self._endpoint, asked, now)
        await self.telling.settle("endpoint", problems, now)

    async def certificate(self) -> None:
        """Once API_URL speaks no TLS, what was told of its certificate is over."""
        known, found = await self._memory("certificate"), await self.sampler.certificate()
        if isinstance(found, Unreachable):
            return
        now, problems = self.parts.clock(), list[Problem]()
        if found is None:
            known = Memory()
        else:
            known, problems = endpoint.watch_certificate(known, found.until, now)
        self._memories["certificate"] = known
        await self.telling.settle("certificate", problems, now)

    async def host(self) -> None:
        known, found, settings = await self._memory("host"), await self.sampler.host(), self.parts.settings
        limits = host.Limits(
            disk_free=settings.disk_alert_free / 100, memory_available=settings.memory_alert_available / 100
        )
        now = self.parts.clock()
        self._memories["host"], problems = host.watch(known, found, limits, now)
        await self.telling.settle("host", problems, now)

    async def backups(self) -> None:
        known, settings = await self._memory("backups"), self.parts.settings
        ages = backups.Ages(
            backup=timedelta(hours=settings.backup_alert_hours),
            proof=timedelta(days=settings.proven_alert_days),
        )
        kept = await self.sampler.backups()
        now = self.parts.clock()
        self._memories["backups"], problems = backups.watch(known, kept, ages, now)
        await self.telling.settle("backups", problems, now)

    async def way_back(self) -> None:
        known = await self._memory("way-back")
        if self.blind or await self.sampler.switching():
            return
        previous = await self.sampler.previous()
        missing = await self.sampler.missing_images(previous) if previous else []
        now = self.parts.clock()
        self._memories["way-back"], problems = backups.watch_way_back(known, previous, missing, now)
        await self.telling.settle("way-back", problems, now)

    async def bot(self) -> None:
        known, bots = await self._memory("bot"), await self.parts.store.watching.bots()
        now = self.parts.clock()
        self._memories["bot"], problems = surroundings.watch_bot(known, bots.here, bots.ever, now)
        await self.telling.settle("bot", problems, now)

    async def leave_to_another(self) -> None:
        """What is told for another project, and was for this one while it was the first, is over here."""
        for watcher in _OF_ALL:
            await self.telling.settle(watcher, [], self.parts.clock())

    async def _memory(self, watcher: str) -> Memory:
        if watcher not in self._memories:
            self._memories[watcher] = await self._of_before(watcher)
        return self._memories[watcher]

    async def _of_before(self, watcher: str) -> Memory:
        return Memory.of(await self.telling.known(watcher))
