"""/status and its button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.agenda import Agenda
from bot.answer import Answer
from bot.callbacks import Choice, MenuTap
from bot.cards.card import Card
from bot.cards.status import Standing, status_card
from bot.rights import looking
from bot.waiting import waiting
from pipeline.model.release import Project, Release, ReleaseId
from pipeline.model.running import Code
from pipeline.store.store import Store
from pipeline.version import own_version, revision

_RUNS = 5


async def status(
    _message: Message, store: Store, project: Project, agenda: Agenda, now: Callable[[], datetime]
) -> Answer:
    return Answer(card=await card(store, project, agenda, now()))


async def status_tapped(
    _query: CallbackQuery, store: Store, project: Project, agenda: Agenda, now: Callable[[], datetime]
) -> Answer:
    return Answer(card=await card(store, project, agenda, now()))


async def card(store: Store, project: Project, agenda: Agenda, now: datetime) -> Card:
    fresh = await store.releases.project_by_id(project.id)
    active = await store.runs.active(project.id)
    recent = await store.history.runs(project.id, _RUNS + 1)
    plan, question = await waiting(store, active)
    running = await store.processes.newest("worker")
    return status_card(
        Standing(
            project=fresh.name,
            branch=fresh.branch,
            live=await _release(store, fresh.live_release_id),
            previous=await _release(store, fresh.previous_release_id),
            seen=await store.releases.observation(project.id),
            active=await store.runs.view(active.id) if active else None,
            runs=[run for run in recent if run.state.final][:_RUNS],
            backup=await store.releases.newest_usable_backup(project.id),
            proven=await store.releases.last_proven_backup(project.id),
            paused=await store.pauses.current(project.id),
            plan=plan,
            question=question,
            agenda=agenda.next(await store.schedules.resting(project.id)),
            alerts=await store.alerts.open(project.id),
            bot=Code(own_version(), revision()),
            worker=running.code if running else None,
            probation=await store.probations.of_release(fresh.live_release_id),
        ),
        now,
    )


async def _release(store: Store, release: ReleaseId | None) -> Release | None:
    return await store.releases.get(release) if release else None


def setup() -> Router:
    router = Router(name="status")
    router.message.register(status, Command("status", ignore_case=True, ignore_mention=True), flags=looking())
    router.callback_query.register(status_tapped, MenuTap.filter(F.choice == Choice.STATUS), flags=looking())
    return router
