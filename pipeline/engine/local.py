"""Carries a rollback out with what works without the journal: Docker, and files on disk.

The same for the command line and for a worker that finds one which was cut: what is there decides where it
goes on. `local_look.py` says what it will do, `local_file.py` holds what it did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.engine import EngineUnreachable
from pipeline.engine import ending
from pipeline.engine.driver import HELPER_SECONDS, TRIES, told
from pipeline.engine.ending import Ending, StageError
from pipeline.engine.local_ending import (
    PostgresAway,
    Unproven,
    left,
    not_replaced,
    started_meanwhile,
    unproven,
)
from pipeline.engine.local_file import LocalRun
from pipeline.engine.local_look import answers, serves
from pipeline.engine.local_one_offs import made_by_runs
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.model.release import Release
from pipeline.model.results import Result, Reverted, Smoked, Started, Stopped, Waited
from pipeline.model.states import StageName, StageState
from pipeline.project.application import Application
from pipeline.stages import kept, switch
from pipeline.stages.journey import Hands
from pipeline.stages.live import LIVE, ROLLBACK, point_tags
from pipeline.stages.of_itself import mended
from pipeline.stages.resolved import read
from pipeline.stages.revert import DOWN, start_again

AWAY_SECONDS = 30.0
"""How long a release may take to become healthy while PostgreSQL is away: it hardly will."""

Tell = Callable[[StageName, str], None]
R = TypeVar("R")

log = structlog.get_logger()


async def carry(hands: Hands, run: LocalRun, tell: Tell, *, within: bool = False) -> Ending | Unproven:
    """To its end, from its beginning or from where it was cut. What it came to is on disk when it returns.

    `within`: by a worker that is itself what is switched. It stops and replaces nothing, for that would end
    it half-way; it only checks what was put in place.

    Raises PipelineError where Docker stays away; it then goes on when it is called again.
    """
    way = _Way(hands, run, tell, within=within)
    try:
        if within and not await way.in_place():
            how = started_meanwhile(run)
        else:
            how = await way.forward() if run.failed is None else await way.back(run.failed)
    except PostgresAway as away:
        run.pause(hands.clock())
        return unproven(run, away)
    run.end(how, hands.clock())
    return how


class _Way:
    def __init__(self, hands: Hands, run: LocalRun, tell: Tell, *, within: bool) -> None:
        self._hands = hands
        self._run = run
        self._tell = tell
        self._within = within

    async def in_place(self) -> bool:
        """Whether all that it put in place last runs, and only its checks are left.

        A start that was cut counts only for a worker that is a part of it, and only where its images are not
        those from before.
        """
        run, goal, before = self._run, self._run.began.goal, self._run.began.before
        if StageName.REVERT in run.rows:
            return run.paused and before is not None and await serves(self._hands, before)
        started = run.rows.get(StageName.START)
        if started is None or started.state is StageState.FAILED:
            return False
        cut = started.state is StageState.RUNNING
        if cut and not (self._within and (before is None or before.images != goal.images)):
            return False
        return await serves(self._hands, goal)

    async def forward(self) -> Ending:
        try:
            if self._within:
                self._close_start()
            elif not await self.in_place():
                await self._stage(StageName.STOP, self._stop)
                await self._stage(StageName.START, self._start)
            await self._stage(StageName.WAIT, self._wait)
            await self._stage(StageName.SMOKE, self._smoke)
        except StageError as failed:
            return await self.back(failed)
        await self._settle()
        return ending.SUCCEEDED

    async def back(self, failed: StageError) -> Ending:
        goal, before = self._run.began.goal, self._run.began.before
        if StageName.REVERT not in self._run.rows:
            if self._run.paused:
                return left(failed, goal)
            if self._within:
                return not_replaced(failed, goal)
        try:
            await self._stage(StageName.REVERT, self._revert)
        except StageError as error:
            return ending.broken(failed, error, before)
        if before is None:
            raise LookupError("a revert went well without a release to go back to")
        return ending.reverted(failed, before, None)

    async def _stage(self, name: StageName, work: Callable[[], Awaitable[Result]]) -> None:
        """Raises StageError, and PostgresAway where it failed for a reason that is not the release's."""
        run, clock = self._run, self._hands.clock
        for attempt in range(1, TRIES + 1):
            run.step(name, StageState.RUNNING, clock())
            try:
                result = await work()
            except EngineUnreachable as error:
                pass_on_cancellation()
                self._tell(name, f"Docker went away; waiting up to {HELPER_SECONDS:.0f} s for it")
                if not await self._hands.engine.back(HELPER_SECONDS) or attempt == TRIES:
                    raise PipelineError(
                        error.what,
                        production=f"Production may be between two releases: it was cut at stage {name}.",
                        advice="Bring Docker back, then run the same command again: it goes on.",
                    ) from error
            except Exception as problem:
                pass_on_cancellation()
                if isinstance(problem, PostgresAway):
                    raise
                failed = _as_failure(problem)
                self._tell(name, failed.what)
                run.step(name, StageState.FAILED, clock(), failure=failed)
                raise StageError(name, failed) from problem
            else:
                run.step(name, StageState.SUCCEEDED, clock(), result=result)
                return

    async def _stop(self) -> Stopped:
        hands = self._hands
        services = self._services()
        for container in await made_by_runs(hands):
            if container.service not in services:
                continue  # another project's, which goes on
            self._tell(StageName.STOP, f"stopping {container.name}, which a run that was cut has left")
            await hands.engine.stop(container.id)
        return Stopped(services=await switch.stop(hands, self._line(StageName.STOP)))

    def _services(self) -> set[str]:
        """Of the two releases, and of each whose deploy was cut: its migration may still run."""
        began = self._run.began
        cut = [release for release in kept.kept(self._hands.layout.releases) if not lived(release)]
        releases = [began.goal, *([began.before] if began.before else []), *cut]
        return {service for release in releases for service in release.images}

    async def _start(self) -> Started:
        goal = self._run.began.goal
        self._tell(StageName.START, f"starting {goal.short_sha}")
        await switch.start(self._hands, goal, goal.images)
        return Started(images=goal.images)

    def _close_start(self) -> None:
        """A start that was cut: all of it runs."""
        run = self._run
        if run.rows[StageName.START].state is StageState.RUNNING:
            result = Started(images=run.began.goal.images)
            run.step(StageName.START, StageState.SUCCEEDED, self._hands.clock(), result=result)

    async def _wait(self) -> Waited:
        app = await read(self._hands, self._run.began.goal.kept_compose_file)
        tell = self._line(StageName.WAIT)
        return await self._proving(StageName.WAIT, app, lambda hands: switch.wait(hands, app, tell))

    async def _smoke(self) -> Smoked:
        app = await read(self._hands, self._run.began.goal.kept_compose_file)
        tell = self._line(StageName.SMOKE)
        return await self._proving(StageName.SMOKE, app, lambda hands: _check(hands, app, tell))

    async def _revert(self) -> Reverted:
        before, tell = self._run.began.before, self._line(StageName.REVERT)
        if before is None:
            raise StageFailed(
                "There is no release to go back to: nothing ran when the rollback began.",
                production=DOWN,
                advice="Name another release, or mend what failed.",
            )
        if self._within:
            app = await read(self._hands, before.kept_compose_file)
        else:
            app = await start_again(self._hands, before, tell)
        await self._proving(StageName.REVERT, app, lambda hands: switch.wait(hands, app, tell))
        smoked = await self._proving(StageName.REVERT, app, lambda hands: _check(hands, app, tell))
        return Reverted(release_id=before.id, checks=smoked.checks)

    async def _proving(self, stage: StageName, app: Application, work: Callable[[Hands], Awaitable[R]]) -> R:
        """Its failure is a release's own only where PostgreSQL answers, is a part of it, or is not used."""
        hands, database = self._hands, self._hands.settings.application
        if not app.section.database or database.host in self._run.began.goal.images:
            return await work(hands)
        if not await answers(database):
            self._tell(stage, f"PostgreSQL does not answer; watching for {AWAY_SECONDS:.0f} s at most")
            short = min(hands.settings.deployment_timeout, AWAY_SECONDS)
            settings = hands.settings.model_copy(update={"deployment_timeout": short})
            hands = replace(hands, settings=settings)
        try:
            return await work(hands)
        except StageFailed as failed:
            if await answers(database):
                raise
            raise PostgresAway(stage, failed) from failed

    async def _settle(self) -> None:
        """Tags and facts tell what serves now; that they cannot be written changes nothing of it."""
        hands, began = self._hands, self._run.began
        try:
            app = await read(hands, began.goal.kept_compose_file)
            await point_tags(hands, LIVE, began.goal.images, app)
            if began.before and began.before.images != began.goal.images and lived(began.before):
                await point_tags(hands, ROLLBACK, began.before.images, app)
            kept.keep(replace(began.goal, live_since=hands.clock()))
        except (PipelineError, OSError) as error:
            pass_on_cancellation()
            log.warning("tags_not_settled", problem=str(error))

    def _line(self, stage: StageName) -> Callable[[str], None]:
        return lambda line: self._tell(stage, line)


async def _check(hands: Hands, app: Application, tell: switch.Tell) -> Smoked:
    return await switch.check(hands, app, tell, without=switch.OF_THE_MACHINE, but=mended(hands))


def lived(release: Release) -> bool:
    """Not so the release of a deploy that was cut before it became live: nobody wants that one back."""
    return release.live_since is not None or release.id == kept.NO_ID


def _as_failure(problem: Exception) -> StageFailed:
    if isinstance(problem, StageFailed):
        return problem
    error = told(problem)
    return StageFailed(error.what, production=error.production, advice=error.advice)
