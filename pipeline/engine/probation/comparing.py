"""How the release before did: looked at while the run that replaces it has not touched production yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.engine.probation.looking import look
from pipeline.engine.probation.rates import figures
from pipeline.model.errors import PipelineError
from pipeline.model.probation import Figures, Sample
from pipeline.model.release import Project, ReleaseId, RunId
from pipeline.model.run import Run
from pipeline.stages.journey import Parts
from pipeline.stages.live import containers
from pipeline.stages.resolved import read

STRETCH = timedelta(minutes=10)
"""Over its last minutes the errors in its log are counted."""


class Comparing:
    """Gathers for one run at a time. What an executor of before gathered is not known after a restart; then
    the figures of the release's own probation count."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._run: RunId | None = None
        self._since = parts.clock()
        self._samples: list[Sample] = []

    async def gather(self, project: Project, run: Run) -> None:
        """One look at what serves now. That it cannot be seen keeps nothing from going on."""
        live = project.live_release_id
        release = await self._parts.store.releases.get(live) if live else None
        if release is None:
            return
        if self._run != run.id:
            self._run, self._samples = run.id, []
            self._since = await self._beginning()
        last = self._samples[-1].at if self._samples else self._since
        try:
            app = await read(self._parts, release.kept_compose_file)
        except PipelineError:
            return
        sample = await look(self._parts, app, last)
        if sample.unknown is None:
            self._samples.append(sample)

    async def _beginning(self) -> datetime:
        """When what serves was started, ten minutes ago at most."""
        now = self._parts.clock()
        try:
            started = [c.started_at for c in await containers(self._parts) if c.started_at and c.running]
        except PipelineError:
            return now
        return max([now - STRETCH, *([min(started)] if started else [])])

    async def of(self, run: Run, before: ReleaseId | None) -> Figures | None:
        """Measured, or else from the journal; each figure from where it is known."""
        measured = figures(self._samples, self._since) if self._run == run.id else None
        stored = await self._parts.store.probations.last_figures(before) if before else None
        if measured is None or stored is None:
            return measured or stored
        if measured.median_ms is not None:
            return measured
        return Figures(
            minutes=measured.minutes,
            errors=measured.errors,
            answers=stored.answers,
            median_ms=stored.median_ms,
            p95_ms=stored.p95_ms,
        )
