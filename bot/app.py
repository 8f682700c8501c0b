"""The one place where the bot's parts are built and wired."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import structlog
from aiogram import Bot, Dispatcher

from bot.addressed import Myself
from bot.agenda import Agenda
from bot.arrivals import Arrivals
from bot.auth import Admission, Gate
from bot.auto import Auto
from bot.backups import Backups
from bot.cards.card import Card
from bot.cards.help import COMMANDS
from bot.conflict import Conflict
from bot.digests import DigestPictures
from bot.handlers import setup
from bot.health import Health
from bot.home import Home
from bot.http import Endpoint, listening
from bot.inbox import Handling
from bot.inquiries import Inquiries
from bot.lane import Letter
from bot.lanes import Lanes
from bot.looking import Watch
from bot.moving import Moving
from bot.offering import Offering
from bot.outbox import Outbox
from bot.pace import Paces
from bot.permission import Terms
from bot.pictures import Pictures
from bot.polling import Poller
from bot.presence import Presence
from bot.progress import Progress
from bot.reporting import Reporting, nobody_is_told
from bot.rights import Rights
from bot.routines import Routine, keeping
from bot.schedule import scheduled
from bot.sentry import Sentry
from bot.strangers import Strangers
from bot.telegram import Backoff, Telegram, connect
from bot.trail import Trail
from bot.webhook import Webhook
from pipeline.cancelling import end
from pipeline.model.moment import show_in
from pipeline.model.push import PushMode
from pipeline.model.release import Project
from pipeline.process import scratch, sweep_scratch
from pipeline.redact import redactor, secrets_of
from pipeline.settings import BotSettings
from pipeline.source import Source
from pipeline.store.connect import JournalUnreachable
from pipeline.store.store import Store, open_store
from pipeline.told import told
from pipeline.version import own_host

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - in a container; its ports are published or not by the compose file

log = structlog.get_logger()


async def run_bot(settings: BotSettings, stop: asyncio.Event, *, host: str = ALL_ADDRESSES) -> None:
    """Runs until `stop` is set. Waits for a journal or a Telegram that is away.

    Raises ConfigurationError for a token that Telegram refuses or a port that is taken, JournalTooNew.
    """
    show_in(settings.zone)
    serving = asyncio.create_task(_serve(settings, host), name="serve")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        serving.cancel()
        await asyncio.gather(serving, stopping, return_exceptions=True)
    if not serving.cancelled():
        serving.result()


async def _serve(settings: BotSettings, host: str) -> None:
    health = Health()
    endpoint, webhook = Endpoint(health), Webhook(settings.webhook_signature, settings.git_branch)
    async with (
        listening(endpoint, host, settings.bot_http_port, webhook.routes()),
        _journal(settings) as store,
        connect(settings) as bot,
    ):
        project = await store.releases.project(settings.project_name, settings.git_url, settings.git_branch)
        endpoint.journal(store, project.id)
        webhook.journal(store.deliveries, project.id)
        home = await _home(settings, store)
        sweep_scratch()
        with scratch() as kept:
            source = Source(settings.git_url, kept / "mirror.git")
            pictures = Pictures(store, project, kept / "matplotlib", _now)
            await _run_parts(settings, health, store, bot, project, source, home, webhook, pictures)


async def _run_parts(
    settings: BotSettings,
    health: Health,
    store: Store,
    bot: Bot,
    project: Project,
    source: Source,
    home: Home,
    webhook: Webhook,
    pictures: Pictures,
) -> None:
    telegram, paces = Telegram(bot, health, lambda chat: home.now(chat) == home.chat), Paces(home.now)
    redact = redactor([*settings.secrets, *secrets_of(os.environ)])
    outbox = Outbox(telegram, paces, store.cards, home, redact)
    lanes = Lanes(telegram, paces, home)
    arrivals, freeze = Arrivals(), settings.freezes
    rights = Rights(owners=settings.owner_ids, viewers=settings.viewer_ids)
    dispatcher = Dispatcher(
        disable_fsm=True,
        store=store,
        project=project,
        source=source,
        now=_now,
        own=told(settings),
        freeze=freeze,
        quiet=settings.quiet,
        home=home,
        pictures=pictures,
        terms=Terms(rights=rights, two_persons=settings.two_persons, secret=settings.code_secret),
    )
    admission = Admission(rights, home, Strangers(store.audit), Myself(telegram))
    dispatcher.update.outer_middleware(admission)
    dispatcher["agenda"] = agenda = Agenda()
    trail = Trail(store.audit, redact)
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.middleware(Gate(store.audit))
        observer.middleware(trail)
    dispatcher.include_router(setup())

    def tell(card: Card) -> None:
        lanes.home.post(Letter(deliver=partial(outbox.say, home.alerts, card)))

    poller = Poller(telegram, store, arrivals, Conflict(store, health.polling, tell))
    handling = Handling(
        store=store,
        dispatcher=dispatcher,
        telegram=telegram,
        outbox=outbox,
        lanes=lanes,
        home=home,
        admission=admission,
        arrivals=arrivals,
    )
    mode = settings.push_mode
    progress = Progress(
        store=store,
        outbox=outbox,
        lanes=lanes,
        home=home,
        now=_now,
        freeze=freeze,
        asks=mode is PushMode.PROMPT,
        quiet=settings.quiet,
    )
    backups = Backups(store, outbox, lanes, home, project.id)
    inquiries = Inquiries(store=store, outbox=outbox, lanes=lanes, project=project.id, now=_now)
    trends = DigestPictures(
        store=store,
        outbox=outbox,
        lanes=lanes,
        home=home,
        project=project.id,
        picture=pictures.newest,
    )
    moving = Moving(store, outbox, lanes, home, _home_key(settings))
    every, github = float(settings.git_poll_seconds), settings.github(settings.git_url)
    watch = Watch(
        store=store,
        source=source,
        project=project.id,
        branch=settings.git_branch,
        every=every,
        part=health.scheduler,
        redact=redact,
        now=_now,
        ci=github.ci if github else None,
    )
    reporting = None
    if github is None:
        await nobody_is_told(store, project.id, _now())
    else:
        reporting = Reporting(store=store, project=project, writing=github.writing, now=_now)
    auto = Auto(
        store=store,
        source=source,
        project=project.id,
        branch=settings.git_branch,
        paths=settings.waived_paths,
        two_persons=settings.two_persons,
        freeze=freeze,
        now=_now,
    )
    if mode is PushMode.OFF:
        health.scheduler.ok()
    looks = None if mode is PushMode.OFF else watch
    log.info("bot_ready", project=project.name, api=settings.telegram_api_url)
    routines = [
        Routine(
            store=store, project=project.id, name=name, expression=expression, zone=settings.zone, now=_now
        )
        for name, expression in settings.schedules.items()
    ]
    async with (
        scheduled(looks, every, agenda, jitter=settings.git_poll_jitter),
        keeping(routines, agenda),
        asyncio.TaskGroup() as group,
    ):
        parts = [
            group.create_task(lanes.run(), name="lanes"),
            group.create_task(poller.run(), name="poller"),
            group.create_task(handling.run(), name="handling"),
            group.create_task(progress.run(), name="progress"),
            *([group.create_task(looks.listen(), name="hints")] if looks else []),
            *([group.create_task(auto.run(), name="auto")] if mode is PushMode.AUTO else []),
            group.create_task(webhook.run(), name="webhook"),
            group.create_task(backups.run(), name="backups"),
            group.create_task(inquiries.run(), name="inquiries"),
            group.create_task(trends.run(), name="trends"),
            *([group.create_task(reporting.run(), name="reporting")] if reporting else []),
            group.create_task(moving.run(), name="moving"),
            group.create_task(Presence(store.processes, health).run(), name="presence"),
            group.create_task(Sentry(store, project, health, tell, _now).run(), name="sentry"),
            group.create_task(Offering(telegram, rights, home, COMMANDS).run(), name="commands"),
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(parts)


async def _home(settings: BotSettings, store: Store) -> Home:
    home = Home(
        store.chats,
        settings.home_chat_id,
        runs_topic=settings.runs_topic,
        alerts_topic=settings.alerts_topic,
        moved=await store.chats.moved(),
    )
    if home.chat != settings.home_chat_id:
        key = _home_key(settings)
        log.warning("setting_names_old_group", key=key, old=settings.home_chat_id, new=home.chat)
    await store.chats.settle(home.chat)
    return home


def _home_key(settings: BotSettings) -> str:
    return "TELEGRAM_CHAT_ID" if settings.telegram_chat_id else "MASTER_CHAT_ID"


@contextlib.asynccontextmanager
async def _journal(settings: BotSettings) -> AsyncIterator[Store]:
    """The journal, waited for where PostgreSQL is away. Raises JournalTooNew."""
    backoff = Backoff(longest=10.0)
    async with contextlib.AsyncExitStack() as stack:
        while True:
            try:
                store = await stack.enter_async_context(open_store(settings.journal, name=_name()))
                break
            except JournalUnreachable as error:
                delay = backoff.failed()
                log.warning("journal_unreachable", problem=error.what, seconds=round(delay, 1))
                await asyncio.sleep(delay)
        yield store


def _name() -> str:
    """What tells this bot from another one on the same journal."""
    return f"vnext-bot {own_host()} {os.getpid()}"


def _now() -> datetime:
    return datetime.now(UTC)
