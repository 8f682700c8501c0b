"""Starts the agent: HTTP endpoints, reactive worker and proactive scheduler in one process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime

from aiohttp import web

from .database import Database
from .endpoints import Endpoints
from .health import Pulse
from .scheduler import Scheduler
from .settings import Settings, SettingsError, read_settings
from .telegram import Telegram
from .worker import POLL_SECONDS, Worker

log = logging.getLogger(__name__)

WRONG_USAGE = 64
WORKER_STALE_SECONDS = POLL_SECONDS + 30
SHUTDOWN_SECONDS = 3.0


async def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(settings)
    await database.open()
    telegram = Telegram(settings.telegram_api_url, settings.telegram_token)
    worker = Worker(database, telegram, Pulse(time.monotonic, WORKER_STALE_SECONDS), settings.version)
    scheduler = Scheduler(
        database,
        Pulse(time.monotonic, settings.cycle_seconds + 30),
        token_limit=settings.token_budget,
        every=settings.cycle_seconds,
        now=lambda: datetime.now(UTC),
    )
    endpoints = Endpoints(settings, database, telegram, worker=worker.pulse, scheduler=scheduler.pulse)
    runner = web.AppRunner(endpoints.application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(scheduler.run())]
    try:
        await web.TCPSite(runner, settings.listen_host, settings.port).start()
        log.info("Server Agent %s listens on port %s", settings.version, runner.addresses[0][1])
        await stop.wait()
        log.info("Stopping")
    finally:
        await runner.cleanup()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await telegram.close()
        await database.close()


def main() -> int:
    """Exit code 0 after a signal, 64 for wrong settings, 1 when the port is taken."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout
    )
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        log.critical("Wrong settings, nothing was started.\n%s", error)
        return WRONG_USAGE
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        log.critical("Port %s cannot be listened on: %s", settings.port, error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
