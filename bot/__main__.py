"""`python -m bot`: runs until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
import sys

from pipeline.logs import configure
from pipeline.model.errors import PipelineError
from pipeline.settings import BotSettings, read


async def _main(settings: BotSettings) -> None:
    from bot.app import run_bot  # takes seconds to import; wrong settings are told before

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_bot(settings, stop)


def main() -> int:
    configure()
    try:
        asyncio.run(_main(read(BotSettings)))
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
