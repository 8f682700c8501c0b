"""The watch over a release after each switch: beside the runs, by the executor alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline.cancelling import end, pass_on_cancellation
from pipeline.engine.probation.comparing import Comparing
from pipeline.engine.probation.judging import RULES, Rules, judge
from pipeline.engine.probation.looking import look
from pipeline.engine.probation.rates import figures
from pipeline.engine.probation.reverting import follow, hindrance
from pipeline.model.errors import PipelineError
from pipeline.model.probation import (
    SILENCE,
    Decision,
    Probation,
    ProbationState,
    Sample,
    Verdict,
    Watched,
    WayOut,
    short_image,
)
from pipeline.model.release import Project
from pipeline.model.results import Waited
from pipeline.model.run import Run
from pipeline.model.states import Source, StageName
from pipeline.stages.journey import Parts
from pipeline.stages.resolved import read
from pipeline.store.connect import LOST

_IDLE_SECONDS = 15.0
_RETRY_SECONDS = 5.0
_SHORTEST_REST = 0.05
_LONGEST = timedelta(seconds=10)
_SHORTEST = timedelta(seconds=1)
_LOOKS = 30

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`every` is the time between two looks; None: a thirtieth of the probation, ten seconds at most."""

    rules: Rules = RULES
    every: timedelta | None = None

    def of(self, lasts: timedelta) -> timedelta:
        return self.every or max(min(lasts / _LOOKS, _LONGEST), _SHORTEST)


PACE = Pace()


@contextlib.asynccontextmanager
async def on_probation(parts: Parts, project: Project, pace: Pace) -> AsyncIterator[None]:
    """Watches meanwhile; entered by who holds the executor's lock."""
    task = asyncio.create_task(keep_watching(parts, project, pace), name="probation")
    try:
        yield
    finally:
        await end([task])


async def keep_watching(parts: Parts, project: Project, pace: Pace) -> None:
    """Until cancelled. What goes wrong is told in the log and tried again; no run waits for it."""
    watching = Watching(parts, project, pace)
    async with parts.store.news.subscribe() as news:
        while True:
            try:
                rest = await watching.step()
            except (PipelineError, *LOST) as error:
                pass_on_cancellation()
                log.warning("probation_waits", problem=str(error))
                rest = _RETRY_SECONDS
            except Exception:
                pass_on_cancellation()
                log.exception("probation_step_failed")
                rest = _RETRY_SECONDS
            await news.wait(max(rest, _SHORTEST_REST))


class Watching:
    """Everything but the comparison with the release before is in the journal."""

    def __init__(self, parts: Parts, project: Project, pace: Pace) -> None:
        self._parts = parts
        self._project = project
        self._pace = pace
        self._comparing = Comparing(parts)
        self._looked_at: datetime | None = None

    async def step(self) -> float:
        """What is due now; for how many seconds nothing is."""
        store = self._parts.store
        project = await store.releases.project_by_id(self._project.id)
        active = await store.runs.active(project.id)
        for asked in await store.probations.open(project.id):
            await self._see_to(asked, project, active)
        probation = await store.probations.watching(project.id)
        if probation is not None and (over := self._superseded(probation, project, active)):
            await self._supersede(probation, over)
            probation = None
        if probation is None and (active is None or active.switching_at is None):
            probation = await self._begin(project)
        if active is not None and active.kind.switches and active.switching_at is None:
            return await self._compare(project, active, probation)
        if probation is None:
            return _IDLE_SECONDS
        return await self._watch(probation)

    @property
    def _lasts(self) -> timedelta:
        return timedelta(minutes=self._parts.settings.probation_minutes)

    def _superseded(self, probation: Probation, project: Project, active: Run | None) -> str | None:
        """What has taken the place of the release that is watched. A run that waits for its approval has not
        yet: until it touches production the watch goes on."""
        if not self._lasts:
            return "PROBATION_MINUTES is 0 now."
        if active is not None and active.switching_at is not None and active.id != probation.run_id:
            return f"Run {active.id} ({active.kind}) switches production."
        if project.live_release_id != probation.release_id:
            return "Another release is live."
        return None

    async def _begin(self, project: Project) -> Probation | None:
        parts, now = self._parts, self._parts.clock()
        if not self._lasts:
            return None
        run = await parts.store.probations.run_to_watch(project.id, now - self._lasts)
        if run is None or run.release_id is None or run.finished_at is None:
            return None
        baseline = await self._comparing.of(run, run.live_release_id)
        probation = await parts.store.probations.begin(
            run,
            run.release_id,
            began_at=run.finished_at,
            lasts=self._lasts,
            watched=await self._watched(run),
            baseline=baseline,
        )
        if probation is not None:
            log.info("probation_begun", probation=probation.id, run=run.id)
        return probation

    async def _watched(self, run: Run) -> Watched:
        parts = self._parts
        release = await parts.store.releases.get(run.release_id) if run.release_id else None
        if release is None:
            raise LookupError(f"run {run.id} put no release into production")
        app = await read(parts, release.kept_compose_file)
        stage = (await parts.store.runs.view(run.id)).stage(StageName.WAIT)
        waited = stage.result if stage else None
        well = waited.seconds if isinstance(waited, Waited) else {}
        return Watched(
            every=self._pace.of(self._lasts),
            startup_wait=timedelta(seconds=parts.settings.startup_wait),
            grace=timedelta(seconds=parts.settings.deployment_timeout),
            services=[service.name for service in app.services if service.critical],
            others=[s.name for s in app.services if not s.critical and s.name in well],
        )

    async def _compare(self, project: Project, active: Run, probation: Probation | None) -> float:
        """A run is about to replace what serves: how that does is looked at, and it is watched until then."""
        if probation is not None:
            return await self._watch(probation)
        every = self._pace.of(self._lasts or _LONGEST)
        if not self._lasts or not self._due(every):
            return every.total_seconds()
        self._looked_at = self._parts.clock()
        await self._comparing.gather(project, active)
        return every.total_seconds()

    def _due(self, every: timedelta) -> bool:
        """News come more often than looks are meant."""
        return self._looked_at is None or self._parts.clock() - self._looked_at >= every * 0.9

    async def _watch(self, probation: Probation) -> float:
        parts, every = self._parts, probation.watched.every
        store = parts.store.probations
        samples = await store.samples(probation.id)
        last = samples[-1].at if samples else probation.began_at
        left = (last + every - parts.clock()).total_seconds()
        if left > every.total_seconds() * 0.1:
            return left
        release = await parts.store.releases.get(probation.release_id)
        if release is None:
            raise LookupError(f"release {probation.release_id} is gone")
        sample = await look(parts, await read(parts, release.kept_compose_file), last)
        if replaced(release.images, sample):
            await self._supersede(probation, "Images of another release serve.")
            return every.total_seconds()
        if not await store.add(probation.id, sample):
            return every.total_seconds()
        samples.append(sample)
        verdict = judge(probation, samples, sample.at, self._pace.rules)
        if verdict.state is not ProbationState.WATCHING:
            await self._end(probation, verdict, samples)
            return 0
        return every.total_seconds()

    async def _supersede(self, probation: Probation, why: str) -> None:
        """What was seen so far is kept: the next release is compared with it."""
        store = self._parts.store.probations
        did = figures(await store.samples(probation.id), probation.began_at)
        verdict = Verdict(state=ProbationState.SUPERSEDED, evidence=[why])
        await store.end(probation.id, verdict, self._parts.clock(), figures=did)

    async def _end(self, probation: Probation, verdict: Verdict, samples: Sequence[Sample]) -> None:
        """Its end, and what follows: intent before the rollback is asked for."""
        parts = self._parts
        why, way = None, None
        if verdict.state is ProbationState.FAILED:
            why = await hindrance(parts, probation)
            way = WayOut.REVERT if why is None else WayOut.ASK
        elif verdict.state is ProbationState.INCONCLUSIVE:
            way = WayOut.ASK
        did = figures(samples, probation.began_at)
        await parts.store.probations.end(
            probation.id, verdict, parts.clock(), figures=did, way=way, why_ask=why
        )
        log.info(
            "probation_ended", probation=probation.id, run=probation.run_id, state=verdict.state, way=way
        )

    async def _see_to(self, asked: Probation, project: Project, active: Run | None) -> None:
        """One that did not pass and of which nothing is decided yet."""
        store, now = self._parts.store.probations, self._parts.clock()
        overtaken = project.live_release_id != asked.release_id or (
            active is not None and active.switching_at is not None and active.source is not Source.PROBATION
        )
        if asked.way is WayOut.REVERT and (asked.revert_run_id is not None or not overtaken):
            await follow(self._parts, asked)
        elif overtaken:
            await store.decide(asked.id, Decision.OVERTAKEN, None, now)
        elif asked.ended_at is not None and now - asked.ended_at >= SILENCE:
            await store.decide(asked.id, Decision.SILENCE, None, now)


def replaced(goal: Mapping[str, str], sample: Sample) -> bool:
    """Whether somebody put other images into production by hand; services that are gone do not tell."""
    return any(
        name in goal and seen.image not in (None, short_image(goal[name]))
        for name, seen in sample.services.items()
    )
