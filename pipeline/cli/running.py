"""How a command runs and ends: its exit code, its errors, SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline.cancelling import end
from pipeline.cli.which import chosen_project, of_the_option
from pipeline.model.errors import PipelineError
from pipeline.model.moment import show_in

if TYPE_CHECKING:
    from pipeline.settings import WorkerSettings

CLEAN_UP_SECONDS = 6.0  # a command that is under way is given five to end


def settings() -> WorkerSettings:
    """Those of the chosen project from the environment; ends the process with 64 where one is wrong."""
    from pipeline.reading import read
    from pipeline.settings import WorkerSettings

    with told(), of_the_option():
        found = read(WorkerSettings, chosen_project())
    show_in(found.zone)
    return found


def all_settings() -> list[WorkerSettings]:
    """Those of each project, that of PROJECT_NAME first, or of the chosen one alone; ends the process with 64
    where one is wrong."""
    from pipeline.reading import read, read_all
    from pipeline.settings import WorkerSettings

    with told(), of_the_option():
        everyone, chosen = read_all(WorkerSettings), chosen_project()
        found = everyone if chosen is None else [read(WorkerSettings, chosen)]
    show_in(found[0].zone)
    return found


@contextlib.contextmanager
def told() -> Iterator[None]:
    """A PipelineError within is said, and ends the process with its exit code."""
    try:
        yield
    except PipelineError as error:
        _end(error)


def run(work: Coroutine[Any, Any, int | None], *, as_json: bool = False) -> None:
    """Runs to the end and exits with its code; SIGTERM and SIGINT cancel it, which is a clean end."""
    try:
        code = asyncio.run(_until_told(work))
    except PipelineError as error:
        _end(error, as_json=as_json)
    except ExceptionGroup as group:
        first = group.exceptions[0]
        if not isinstance(first, PipelineError):
            raise
        _end(first, as_json=as_json)
    else:
        if code is not None:
            sys.exit(int(code))


async def _until_told(work: Coroutine[Any, Any, int | None]) -> int | None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    await end([working], again=CLEAN_UP_SECONDS)
    if not working.cancelled() and (code := working.result()) is not None:
        return code  # it has said itself how it stopped
    click.echo("Stopped; a run under way goes on at the next start.", err=True)
    return None


def _end(error: PipelineError, *, as_json: bool = False) -> NoReturn:
    click.echo(str(error), err=True)
    if as_json:
        words = {"what": error.what, "production": error.production, "advice": error.advice}
        click.echo(json.dumps({"event": "error", **words, "exit_code": int(error.exit_code)}))
    sys.exit(int(error.exit_code))
