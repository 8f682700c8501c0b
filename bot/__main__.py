"""`python -m bot`: runs until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence

from pipeline.logs import configure
from pipeline.model.errors import PipelineError
from pipeline.reading import read_all
from pipeline.settings import BotSettings

_ENDS_SECONDS = 8.0
"""Docker kills after ten. What is then still waited for, such as a name server, may be cut."""


async def _main(settings: Sequence[BotSettings]) -> None:
    stop = asyncio.Event()

    def end() -> None:
        stop.set()
        last = threading.Timer(_ENDS_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    await _loaded(stop)
    if not stop.is_set():
        from bot.app import run_bot

        await run_bot(settings, stop)


async def _loaded(stop: asyncio.Event) -> None:
    """Imports the bot, which takes seconds, in a thread that keeps nobody from ending meanwhile."""
    loop, loaded = asyncio.get_running_loop(), asyncio.Event()

    def load() -> None:
        with contextlib.suppress(ImportError):  # told where it is imported for use
            importlib.import_module("bot.app")
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(loaded.set)

    threading.Thread(target=load, daemon=True).start()
    waiting = [asyncio.create_task(event.wait()) for event in (loaded, stop)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


def main() -> int:
    configure()
    try:
        asyncio.run(_main(read_all(BotSettings)))
    except PipelineError as error:
        return _told(error)
    except BaseExceptionGroup as group:
        known = group.subgroup(PipelineError)
        if known is None:
            raise
        return _told(_first(known))
    return 0


def _told(error: PipelineError) -> int:
    sys.stderr.write(f"{error}\n")
    return int(error.exit_code)


def _first(group: BaseExceptionGroup[PipelineError]) -> PipelineError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


if __name__ == "__main__":
    sys.exit(main())
