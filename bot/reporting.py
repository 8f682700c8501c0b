"""Tells GitHub of runs: what it was not told yet is derived from the journal, beside everything else.

Commit statuses and deployments are told apart, for a token may have the right to one of them. Each is told in
the order of the runs, so that the newest run has the last word about a commit and about what is live.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.telegram import Backoff
from pipeline.cancelling import pass_on_cancellation
from pipeline.forge import Gone, Limited, NotTold, Refused, Untold, Wanted, Writing, wanted
from pipeline.model.alert import Problem, Severity
from pipeline.model.release import Project, ProjectId
from pipeline.model.run import Run
from pipeline.store.connect import LOST
from pipeline.store.forge import ToReport, What
from pipeline.store.store import Store

WATCHER = "forge"
OLDEST = timedelta(days=7)
"""Of a run that was asked for earlier nothing is told any more, whatever kept it from being told."""

TRIES = 20
"""For one standing of a run. A token that is refused, and a limit, cost none."""

LOOK_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 900.0
RIGHTS: dict[What, str] = {"status": "commit statuses: write", "deployment": "deployments: write"}

log = structlog.get_logger()


@dataclass
class Lane:
    """One of the two kinds of reports. `refused` is what GitHub said where it takes none of them."""

    what: What
    backoff: Backoff = field(default_factory=lambda: Backoff(_FIRST_PAUSE, _LONGEST_PAUSE))
    not_before: float = 0.0
    refused: str | None = None


class Reporting:
    def __init__(
        self,
        *,
        store: Store,
        project: Project,
        writing: Writing,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._project = project
        self._writing = writing
        self._now = now
        self._clock = clock
        self._lanes = [Lane("status"), Lane("deployment")]
        self._alert: list[Problem] | None = None
        self._settled = False

    async def run(self) -> None:
        """Until cancelled."""
        async with self._store.news.subscribe() as news:
            while True:
                try:
                    await self.round()
                except LOST as error:
                    pass_on_cancellation()
                    log.warning("reports_wait", problem=str(error))
                except Exception:
                    pass_on_cancellation()
                    log.exception("reporting_failed")
                    self._put_off(self._lanes)
                await news.wait(self._until_next())

    async def round(self) -> None:
        """Tells all that can be told now."""
        if not self._settled:
            await self._store.forge.settle(self._project.id, self._writing.repository)
            self._settled = True
        for lane in self._lanes:
            if lane.not_before <= self._clock() and not self._writing.rest:
                await self._tell_all(lane)
        problems = _problems(self._writing.repository, self._lanes)
        if problems != self._alert:
            await self._store.alerts.settle(self._project.id, WATCHER, problems, self._now())
            self._alert = problems

    async def _tell_all(self, lane: Lane) -> None:
        """Where one cannot be told the later ones wait, too."""
        for report in await self._store.forge.to_tell(self._project.id, lane.what, self._now() - OLDEST):
            try:
                await self._tell(lane, report)
            except Limited as error:
                log.info("report_waits", run=report.id, what=lane.what, problem=str(error))
                return
            except Refused as error:
                lane.refused = str(error)
                self._put_off([lane])
                log.warning("report_refused", run=report.id, what=lane.what, problem=lane.refused)
                return
            except NotTold as error:
                self._put_off([lane])
                await self._failed(lane, report, str(error))
                return
        lane.refused, lane.not_before = None, 0.0
        lane.backoff.succeeded()

    async def _tell(self, lane: Lane, report: ToReport) -> None:
        view = await self._store.runs.view(report.id)
        told = wanted(view, taken_back=report.taken_back)
        given_up = False
        if told is not None and view.run.sha is not None:
            try:
                if lane.what == "status":
                    await self._writing.status(view.run.sha, told.status, told.description)
                else:
                    await self._tell_deployment(view.run, view.run.sha, report, told)
            except Untold as error:
                given_up = True
                log.warning("report_given_up", run=report.id, what=lane.what, problem=str(error))
            else:
                lane.refused = None
                lane.backoff.succeeded()
        await self._store.forge.told(report.id, lane.what, report.standing, given_up=given_up)

    async def _tell_deployment(self, run: Run, sha: str, report: ToReport, told: Wanted) -> None:
        if told.deployment is None:
            return
        known = report.deployment_id
        if known is None:
            known = await self._writing.deployment(self._project.name, sha, run.id, run.requested_at)
            await self._store.forge.note_deployment(run.id, known)
        try:
            await self._writing.deployment_status(known, told.deployment, told.description)
        except Gone:
            await self._store.forge.note_deployment(run.id, None)
            raise

    async def _failed(self, lane: Lane, report: ToReport, problem: str) -> None:
        if report.attempts + 1 < TRIES:
            log.info("report_waits", run=report.id, what=lane.what, problem=problem)
            await self._store.forge.tried(report.id, lane.what, report.standing)
        else:
            log.warning("report_given_up", run=report.id, what=lane.what, problem=problem)
            await self._store.forge.told(report.id, lane.what, report.standing, given_up=True)

    def _put_off(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            lane.not_before = self._clock() + lane.backoff.failed()

    def _until_next(self) -> float:
        """Seconds; news comes earlier, but a lane that rests is left alone until then."""
        rests = [lane.not_before - self._clock() for lane in self._lanes if lane.not_before > self._clock()]
        return max(min([LOOK_SECONDS, *rests]), 0.1)


async def nobody_is_told(store: Store, project: ProjectId, now: datetime) -> None:
    """Without a token: what was wrong with one before is over."""
    await store.alerts.settle(project, WATCHER, [], now)


def _problems(repository: str, lanes: list[Lane]) -> list[Problem]:
    refused = [lane for lane in lanes if lane.refused]
    if not refused:
        return []
    rights = ", ".join(RIGHTS[lane.what] for lane in refused)
    return [
        Problem(
            fingerprint="forge/refused",
            severity=Severity.WARNING,
            title="GitHub takes no reports",
            what=f"{refused[0].refused}: GITHUB_TOKEN is not valid for {repository}, or lacks a right"
            f" ({rights}). What becomes of runs is not told there.",
            production="Production is not concerned, and runs go on as always.",
            advice=f"Give the token these rights for {repository}: {rights}; or set another token, or none,"
            " and start the bot anew. What was not told is told then.",
        )
    ]
