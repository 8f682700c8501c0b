"""Watches what only the bot can: whether the worker tells anything, and journal and Telegram are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.cards.card import Card
from bot.cards.sentry import journal_away, journal_back, telegram_away, worker_silent
from bot.cards.status import silence
from bot.health import Health
from pipeline.cancelling import pass_on_cancellation
from pipeline.model.alert import Problem
from pipeline.model.errors import PipelineError
from pipeline.model.release import Observation, Project
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.wording.words import WORKER_SILENT

WATCHER = "sentry"
AWAY_SECONDS = 60.0
TELEGRAM_SECONDS = 120.0
_EVERY_SECONDS = 15.0
_LOOK_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Moments of a clock in seconds: since when the journal answers, or does not, and Telegram does not.
    `told` is whether Master was told that the journal is away."""

    answers_since: float | None = None
    away_since: float | None = None
    told: bool = False
    mute_since: float | None = None


def look(
    watched: Watched, now: float, *, journal: bool, telegram: bool, seen: Observation | None, at: datetime
) -> tuple[Watched, Card | None, list[Problem] | None]:
    """The card that goes out without the journal, if any, and what to settle in it; None where it is away,
    and while it is too early to tell: what was told before, such as by a bot before this one, then stays.

    A worker that wrote nothing while the journal was away is given as long as it has otherwise.
    """
    mute_since = None if telegram else (now if watched.mute_since is None else watched.mute_since)
    if not journal:
        away = now if watched.away_since is None else watched.away_since
        told = watched.told or now - away >= AWAY_SECONDS
        card = journal_away() if told and not watched.told else None
        return Watched(away_since=away, told=told, mute_since=mute_since), card, None
    card = None
    if watched.told and watched.away_since is not None:
        card = journal_back(now - watched.away_since)
    answers = now if watched.answers_since is None else watched.answers_since
    watched = Watched(answers_since=answers, mute_since=mute_since)
    quiet = silence(seen, at)
    soon = quiet is not None and now - answers < WORKER_SILENT.total_seconds()
    if soon or (mute_since is not None and now - mute_since < TELEGRAM_SECONDS):
        return watched, card, None
    problems = [] if quiet is None else [worker_silent(seen.at if seen else None, quiet)]
    if mute_since is not None:
        problems.append(telegram_away())
    return watched, card, problems


class Sentry:
    """`tell` brings a card to Master without the journal."""

    def __init__(
        self,
        store: Store,
        project: Project,
        health: Health,
        tell: Callable[[Card], object],
        now: Callable[[], datetime],
        *,
        clock: Callable[[], float] = time.monotonic,
        every: float = _EVERY_SECONDS,
    ) -> None:
        self._store = store
        self._project = project
        self._health = health
        self._tell = tell
        self._now = now
        self._clock = clock
        self._every = every
        self._watched = Watched()
        self._settled: list[str] | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        journal, seen = await self._seen()
        self._watched, card, problems = look(
            self._watched,
            self._clock(),
            journal=journal,
            telegram=self._health.telegram.status == "ok",
            seen=seen,
            at=self._now(),
        )
        if card is not None:
            self._tell(card)
        if problems is not None:
            await self._settle(problems)

    async def _seen(self) -> tuple[bool, Observation | None]:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return True, await self._store.releases.observation(self._project.id)
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("sentry_sees_no_journal", problem=str(error) or type(error).__name__)
            return False, None

    async def _settle(self, problems: list[Problem]) -> None:
        names = [problem.fingerprint for problem in problems]
        if names == self._settled:
            return
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._store.alerts.settle(self._project.id, WATCHER, problems, self._now())
        except (PipelineError, *LOST) as error:
            pass_on_cancellation()
            log.warning("sentry_not_told", problem=str(error) or type(error).__name__)
            return
        self._settled = names
