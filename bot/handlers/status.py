"""/status and its button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.agenda import Agenda
from bot.answer import Answer
from bot.callbacks import Choice, MenuTap
from bot.cards.card import Card
from bot.cards.overview import Summed, overview_card
from bot.cards.status import Standing, status_card
from bot.rights import Role, looking_at_all
from bot.served import Served
from bot.waiting import waiting
from pipeline.model.release import Project, Release, ReleaseId
from pipeline.model.running import Code
from pipeline.store.store import Store
from pipeline.version import own_version, revision

_RUNS = 5


async def status(
    _message: Message, store: Store, about: Sequence[Served], role: Role, now: Callable[[], datetime]
) -> Answer:
    return Answer(card=await card(store, about, role, now()))


async def status_tapped(
    _query: CallbackQuery, store: Store, about: Sequence[Served], role: Role, now: Callable[[], datetime]
) -> Answer:
    return Answer(card=await card(store, about, role, now()))


async def card(store: Store, about: Sequence[Served], role: Role, now: datetime) -> Card:
    """That of the project, or of several all in short."""
    found = [
        Summed(project_id=served.id, standing=await standing(store, served.project, served.agenda))
        for served in about
    ]
    return status_card(found[0].standing, now) if len(found) == 1 else overview_card(found, now, role)


async def standing(store: Store, project: Project, agenda: Agenda) -> Standing:
    fresh = await store.releases.project_by_id(project.id)
    active = await store.runs.active(project.id)
    recent = await store.history.runs(project.id, _RUNS + 1)
    plan, question = await waiting(store, active)
    running = await store.processes.newest("worker")
    return Standing(
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
    )


async def _release(store: Store, release: ReleaseId | None) -> Release | None:
    return await store.releases.get(release) if release else None


def setup() -> Router:
    router = Router(name="status")
    router.message.register(
        status, Command("status", ignore_case=True, ignore_mention=True), flags=looking_at_all()
    )
    router.callback_query.register(
        status_tapped, MenuTap.filter(F.choice == Choice.STATUS), flags=looking_at_all()
    )
    return router
