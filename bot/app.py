"""The one place where the bot's parts are built and wired."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from socket import gethostname

import structlog
from aiogram import Bot, Dispatcher
from aiogram.methods import SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.auth import MasterOnly, TapTrail
from bot.backups import Backups
from bot.cards.card import Card
from bot.cards.help import COMMANDS
from bot.conflict import Conflict
from bot.drills import Drills
from bot.handlers import setup
from bot.health import Health
from bot.http import Endpoint, listening
from bot.inbox import Handling
from bot.lane import Lane, Letter
from bot.outbox import Outbox
from bot.pace import Pace
from bot.polling import Poller
from bot.progress import Progress
from bot.schedule import Watch, scheduled
from bot.strangers import Strangers
from bot.telegram import Backoff, NotNow, Telegram, Unsendable, Unwelcome, connect
from pipeline.cancelling import end
from pipeline.cron import trigger
from pipeline.model.moment import show_in
from pipeline.model.release import Project
from pipeline.process import scratch, sweep_scratch
from pipeline.redact import redactor, secrets_of
from pipeline.settings import BotSettings
from pipeline.source import Source
from pipeline.store.connect import JournalUnreachable
from pipeline.store.store import Store, open_store

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
    endpoint = Endpoint(health)
    async with (
        listening(endpoint, host, settings.bot_http_port),
        _journal(settings) as store,
        connect(settings) as bot,
    ):
        project = await store.releases.project(settings.project_name, settings.git_url, settings.git_branch)
        endpoint.journal(store, project.id)
        await store.cards.know(settings.master_chat_id)
        sweep_scratch()
        with scratch() as kept:
            source = Source(settings.git_url, kept / "mirror.git")
            await _run_parts(settings, health, store, bot, project, source)


async def _run_parts(
    settings: BotSettings, health: Health, store: Store, bot: Bot, project: Project, source: Source
) -> None:
    master = settings.master_chat_id
    telegram, pace = Telegram(bot, health), Pace()
    redact = redactor([*settings.secrets, *secrets_of(os.environ)])
    outbox, lane = Outbox(telegram, pace, store.cards, redact), Lane(telegram, pace)
    arrived = asyncio.Event()
    dispatcher = Dispatcher(disable_fsm=True, store=store, project=project, source=source, now=_now)
    dispatcher.update.outer_middleware(MasterOnly(master, Strangers(store.audit)))
    dispatcher.callback_query.middleware(TapTrail(store.audit))
    dispatcher.include_router(setup())

    def tell(card: Card) -> None:
        lane.post(Letter(deliver=partial(outbox.say, master, card)))

    poller = Poller(telegram, store, arrived, Conflict(store, health.polling, tell))
    handling = Handling(
        store=store,
        dispatcher=dispatcher,
        telegram=telegram,
        outbox=outbox,
        lane=lane,
        master=master,
        arrived=arrived,
    )
    progress = Progress(store=store, outbox=outbox, lane=lane, chat=master, now=_now)
    backups = Backups(store, outbox, lane, master, project.id)
    every = float(settings.git_poll_seconds)
    watch = Watch(
        store=store,
        source=source,
        project=project.id,
        branch=settings.git_branch,
        every=every,
        part=health.scheduler,
        redact=redact,
    )
    log.info("bot_ready", project=project.name, api=settings.telegram_api_url)
    when = trigger(settings.drill_cron, settings.zone)
    drills = Drills(store=store, project=project.id, when=when, now=_now) if when else None
    async with scheduled(watch, every, drills), asyncio.TaskGroup() as group:
        parts = [
            group.create_task(lane.run(), name="lane"),
            group.create_task(poller.run(), name="poller"),
            group.create_task(handling.run(), name="handling"),
            group.create_task(progress.run(), name="progress"),
            group.create_task(watch.listen(), name="hints"),
            group.create_task(backups.run(), name="backups"),
            group.create_task(register_commands(telegram, master), name="commands"),
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(parts)


async def register_commands(telegram: Telegram, master: int) -> None:
    """Only Master's chat is offered the commands."""
    commands = [BotCommand(command=name, description=words) for name, words in COMMANDS.items()]
    method = SetMyCommands(commands=commands, scope=BotCommandScopeChat(chat_id=master))
    while True:
        try:
            await telegram.call(method)
        except Unwelcome as error:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(telegram.welcome.wait(), error.seconds)
        except NotNow as error:
            await asyncio.sleep(error.seconds)
        except Unsendable as error:
            log.warning("commands_refused", problem=str(error))
            return
        else:
            return


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
    return f"vnext-bot {gethostname()[:40]} {os.getpid()}"


def _now() -> datetime:
    return datetime.now(UTC)
