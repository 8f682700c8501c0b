"""Commands and exit codes of `python -m pipeline`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import click

from pipeline.cancelling import end
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.states import ExitCode
from pipeline.settings import WorkerSettings, read

HEALTHY_SECONDS = 60.0
CLEAN_UP_SECONDS = 6.0  # a command that is under way is given five to end


class _Commands(click.Group):
    """Wrong usage ends with 64: click's own 2 would tell of a failed build."""

    def make_context(self, *words: Any, **options: Any) -> click.Context:
        with _usage():
            return super().make_context(*words, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _usage():
            return super().invoke(ctx)


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.show()
        raise click.exceptions.Exit(int(ExitCode.USAGE)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Deploys, rolls back and backs up a Docker Compose application.

    Settings come from the environment; .env.vnext.example explains each.
    """


@main.command()
def worker() -> None:
    """Carry requested runs out, until SIGTERM."""
    from pipeline.logs import configure
    from pipeline.worker import work

    configure()
    _run(work(_settings()))


@main.command()
def check() -> None:
    """Check settings, compose file, Docker and journal, and say what a run would switch."""
    _run(_check(_settings()))


@main.command()
def health() -> None:
    """Exit 0 if the worker told the journal something within the last minute."""
    _run(_health(_settings()))


def _settings() -> WorkerSettings:
    try:
        return read(WorkerSettings)
    except ConfigurationError as error:
        _end(error)
        raise


def _run(work: Coroutine[Any, Any, ExitCode | None]) -> None:
    """Runs to the end and exits with its code; SIGTERM and SIGINT cancel it, which is a clean end."""
    try:
        code = asyncio.run(_until_told(work))
    except PipelineError as error:
        _end(error)
    except ExceptionGroup as group:
        first = group.exceptions[0]
        if not isinstance(first, PipelineError):
            raise
        _end(first)
    else:
        if code is not None:
            sys.exit(int(code))


async def _until_told(work: Coroutine[Any, Any, ExitCode | None]) -> ExitCode | None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    await end([working], again=CLEAN_UP_SECONDS)
    click.echo("Stopped; a run under way goes on at the next start.", err=True)
    return None


def _end(error: PipelineError) -> None:
    click.echo(str(error), err=True)
    sys.exit(int(error.exit_code))


async def _check(settings: WorkerSettings) -> None:
    from pipeline.parts import assemble, check_branch
    from pipeline.stages.resolved import installed_compose_file
    from pipeline.stages.resolved import read as read_file

    async with assemble(settings) as parts:
        application = await read_file(parts, installed_compose_file(parts))
        tip = await check_branch(parts)
        click.echo(f"Runs switch: {', '.join(application.names)}")
        click.echo(f"Branch {settings.git_branch} is at {tip[:7] if tip else 'no commit yet'}")


async def _health(settings: WorkerSettings) -> ExitCode | None:
    from pipeline.store.releases import last_observed

    at = await last_observed(settings.journal, settings.project_name)
    age = (datetime.now(UTC) - at).total_seconds() if at else None
    if age is not None and age <= HEALTHY_SECONDS:
        return None
    click.echo(f"The worker last told something {'never' if age is None else f'{age:.0f} s ago'}.", err=True)
    return ExitCode.DEPLOY_FAILED
