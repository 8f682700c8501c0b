"""The one place where the bot's parts are built and wired: what exists once is here, what exists for each
project in `bot/serving.py`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial

import structlog
from aiogram import Bot, Dispatcher

from bot.addressed import Myself
from bot.arrivals import Arrivals
from bot.auth import Admission, Gate
from bot.cards.card import Card
from bot.cards.help import COMMANDS
from bot.conflict import Conflict
from bot.handlers import setup
from bot.health import Health
from bot.http import Endpoint, listening
from bot.inbox import Handling
from bot.lane import Letter
from bot.lanes import Lanes
from bot.moving import Moving
from bot.offering import Offering
from bot.outbox import Outbox
from bot.pace import Paces
from bot.polling import Poller
from bot.presence import Presence
from bot.routines import keeping
from bot.schedule import scheduled
from bot.sentry import Sentry
from bot.served import Projects
from bot.serving import Shared, all_served, home_key, serving
from bot.strangers import Strangers
from bot.telegram import Backoff, Telegram, connect
from bot.telling import Telling
from bot.trail import Trail
from bot.webhook import Webhook
from bot.whose import Which, Whose
from pipeline.cancelling import end
from pipeline.model.moment import show_in
from pipeline.process import scratch, sweep_scratch
from pipeline.redact import redactor, secrets_of
from pipeline.settings import BotSettings
from pipeline.store.connect import JournalUnreachable
from pipeline.store.store import Store, open_store
from pipeline.version import own_host

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - in a container; its ports are published or not by the compose file

log = structlog.get_logger()


async def run_bot(settings: Sequence[BotSettings], stop: asyncio.Event, *, host: str = ALL_ADDRESSES) -> None:
    """Runs until `stop` is set. Waits for a journal or a Telegram that is away. `settings` are those of each
    project, the default one first.

    Raises ConfigurationError for a token that Telegram refuses or a port that is taken, JournalTooNew.
    """
    show_in(settings[0].zone)
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


async def _serve(settings: Sequence[BotSettings], host: str) -> None:
    health, first = Health(), settings[0]
    webhook = Webhook(first.webhook_signature, {each.git_branch for each in settings})
    endpoint = Endpoint(health)
    async with (
        listening(endpoint, host, first.bot_http_port, webhook.routes()),
        _journal(first) as store,
        connect(first) as bot,
    ):
        sweep_scratch()
        with scratch() as kept:
            projects = await all_served(settings, store, kept, _now)
            endpoint.journal(store, [served.project for served in projects])
            webhook.journal(store.deliveries, projects.default.id)
            await _run_parts(settings, health, store, bot, projects, webhook)


async def _run_parts(
    settings: Sequence[BotSettings],
    health: Health,
    store: Store,
    bot: Bot,
    projects: Projects,
    webhook: Webhook,
) -> None:
    default = projects.default
    home, rights = default.home, default.terms.rights
    telegram = Telegram(bot, health, lambda chat: home.now(chat) in home.homes, home.now)
    paces = Paces(home.now)
    redact = redactor([*(secret for each in settings for secret in each.secrets), *secrets_of(os.environ)])
    outbox = Outbox(telegram, paces, store.cards, home, redact)
    lanes = Lanes(telegram, paces, home)
    arrivals = Arrivals()
    dispatcher = Dispatcher(disable_fsm=True, store=store, now=_now)
    admission = Admission(rights, home, Strangers(store.audit), Myself(telegram))
    dispatcher.update.outer_middleware(admission)
    dispatcher.update.outer_middleware(Whose(projects, store.belonging))
    trail = Trail(store.audit, redact)
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.middleware(Gate(store.audit))
        observer.middleware(trail)
        observer.middleware(Which(projects, store))
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
    shared = Shared(store=store, outbox=outbox, lanes=lanes, health=health, redact=redact, now=_now)
    each = [await serving(served, shared) for served in projects]
    homes = [(served.home, home_key(served.settings, default.settings)) for served in projects]
    log.info("bot_ready", projects=[served.name for served in projects], api=settings[0].telegram_api_url)
    async with (
        scheduled([found.looks for found in each if found.looks]),
        keeping([(found.served.agenda, found.routines) for found in each]),
        asyncio.TaskGroup() as group,
    ):
        parts = [
            group.create_task(lanes.run(), name="lanes"),
            group.create_task(poller.run(), name="poller"),
            group.create_task(handling.run(), name="handling"),
            group.create_task(Telling(store.news, [found.progress for found in each]).run(), name="progress"),
            group.create_task(webhook.run(), name="webhook"),
            group.create_task(Moving(store, outbox, lanes, homes).run(), name="moving"),
            group.create_task(Presence(store.processes, health).run(), name="presence"),
            group.create_task(Sentry(store, default.project, health, tell, _now).run(), name="sentry"),
            group.create_task(Offering(telegram, rights, home, COMMANDS).run(), name="commands"),
            *(group.create_task(part(), name=name) for found in each for name, part in found.parts.items()),
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(parts)


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
