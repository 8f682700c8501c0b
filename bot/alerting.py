"""How alerts show in the chat: a card each, one card for a storm, and what rings again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.cards.alert import alert_card, nudge_card
from bot.cards.alerts import storm_card
from bot.face import Face, Shown
from bot.home import Home
from pipeline.model.alert import Alert, AlertId, NudgeId, Storm, StormId
from pipeline.model.release import ProjectId
from pipeline.quiet import Quiet
from pipeline.store.store import Store

CALM_SECONDS = 20.0
"""Figures, and what comes and goes, change a card no oftener."""


ENDPOINT = "endpoint"
"""The watcher of what the application answers: whichever service is at fault, a release may be."""


class Alerting:
    def __init__(
        self, store: Store, project: ProjectId, home: Home, now: Callable[[], datetime], quiet: Quiet
    ) -> None:
        self._store = store
        self._project = project
        self._home = home
        self._now = now
        self._quiet = quiet

    async def to_tell(self) -> list[Face]:
        """Cards first, for nudges reply to them."""
        ringing, chat, now = self._store.ringing, self._home.chat, self._now()
        project = self._project
        if not await ringing.stir(project, chat, now):
            return []
        await ringing.place(now)
        await ringing.remind(now, quiet=self._quiet.holds(now))
        return [
            *(Face("alert", alert) for alert in await ringing.alerts_to_tell(project, chat, now)),
            *(Face("storm", storm) for storm in await ringing.storms_to_tell(project, chat, now)),
            *(Face("nudge", nudge) for nudge in await ringing.nudges_to_tell(project, chat, now)),
        ]

    async def look(self, face: Face) -> Shown:
        match face.subject:
            case "alert":
                return await self._alert(AlertId(face.id))
            case "storm":
                return await self._storm(StormId(face.id))
            case _:
                return await self._nudge(NudgeId(face.id))

    async def _alert(self, number: AlertId) -> Shown:
        alert, now = await self._store.alerts.get(number), self._now()
        project = await self._store.releases.project_by_id(alert.project_id)
        back = await offers_rollback(self._store, alert)
        seen = (alert.critical, alert.attended(now), alert.snoozed_until, alert.noted_at, back)
        return Shown(
            card=alert_card(alert, project.name, now, rollback=back),
            final=not alert.open,
            state=repr(seen),
            calm=CALM_SECONDS,
            silent=not alert.open or self._silent(critical=alert.critical),
        )

    async def _storm(self, number: StormId) -> Shown:
        storm = await self._store.ringing.storm(number, self._now())
        project = await self._store.releases.project_by_id(storm.project_id)
        return Shown(
            card=storm_card(storm, project.name, self._now()),
            final=storm.open == 0,
            state=repr((storm.critical > 0, storm.unattended > 0)),
            calm=CALM_SECONDS,
            silent=storm.open == 0 or self._silent(critical=storm.critical > 0),
        )

    async def _nudge(self, number: NudgeId) -> Shown:
        now = self._now()
        nudge = await self._store.ringing.nudge(number, now)
        about: Alert | Storm
        if nudge.alert_id is not None:
            about = await self._store.alerts.get(nudge.alert_id)
            card = await self._store.cards.get("alert", nudge.alert_id, self._home.chat)
            critical = about.critical
        else:
            about = await self._store.ringing.storm(StormId(nudge.storm_id or 0), now)
            card = await self._store.cards.get("storm", about.id, self._home.chat)
            critical = about.critical > 0
        return Shown(
            card=nudge_card(nudge, about),
            final=not nudge.stands,
            late=not nudge.stands,
            withdrawn=not nudge.stands,
            silent=self._silent(critical=critical),
            reply_to=card.message_id if card else None,
        )

    def _silent(self, *, critical: bool) -> bool:
        return not critical and self._quiet.holds(self._now())


async def offers_rollback(store: Store, alert: Alert) -> bool:
    """Whether going back to the previous release may mend it, and can be asked for now."""
    service = alert.problem.service
    if not (alert.open and alert.critical and (service or alert.watcher == ENDPOINT)):
        return False
    project = await store.releases.project_by_id(alert.project_id)
    if not (project.live_release_id and project.previous_release_id):
        return False
    if await store.runs.active(alert.project_id) is not None:
        return False
    if alert.watcher == ENDPOINT:
        return True
    live = await store.releases.get(project.live_release_id)
    seen = await store.releases.observation(alert.project_id)
    switched = {each.service for each in seen.services} if seen else set()
    return service in switched | (live.images.keys() if live else set())
