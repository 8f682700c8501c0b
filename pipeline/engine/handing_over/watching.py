"""What guard and hand-over see of each other and of the run, over time."""

from __future__ import annotations

from time import monotonic

from pipeline.engine.handing_over.decide import Seen
from pipeline.model.hand_over import Carrier
from pipeline.model.release import RunId
from pipeline.stages import carriers
from pipeline.stages.journey import Hands
from pipeline.store.hand_overs import reading

_SLOWEST_STAGE = 480.0
"""Seconds that a stage may take besides DEPLOYMENT_TIMEOUT: compose, Docker being away, checks again."""


class Watching:
    """Time counts only while the journal and Docker answer."""

    def __init__(self, hands: Hands, run: RunId, me: Carrier) -> None:
        self._hands = hands
        self._run = run
        self._me = me
        self._moved: int | None = None
        self._since = monotonic()
        self._guard_at = monotonic()
        self._hindered = False
        self._forgiven = 0

    def hindered(self) -> None:
        """A look or an act went wrong: what died meanwhile may have died of the same."""
        self._hindered = True

    async def look(self) -> Seen:
        """Raises EngineUnreachable, EngineRefused, JournalUnreachable, errors of the journal."""
        alive = await carriers.look(self._hands, self._run)
        async with reading(self._hands.settings.journal) as store:
            row = await store.of(self._run)
        now = monotonic()
        moved = row.moved if row else None
        if moved != self._moved or self._hindered:
            self._moved, self._since = moved, now
        if self._hindered or Carrier.GUARD in alive.those or self._me is Carrier.GUARD:
            self._guard_at = now
        if self._hindered and self._me is Carrier.GUARD:
            self._forgiven = (row.deaths if row else 0) + alive.restarts
        self._hindered = False
        return Seen(
            me=self._me,
            row=row,
            alive=alive,
            still=now - self._since,
            patience=self._hands.settings.deployment_timeout + _SLOWEST_STAGE,
            forgiven=self._forgiven,
            guard_away=now - self._guard_at,
        )
