"""`worker`, `check` and `health`: what runs a pipeline, and whether it can."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.running import all_settings, run, settings
from pipeline.model.states import ExitCode

if TYPE_CHECKING:
    from pipeline.settings import WorkerSettings

HEALTHY_SECONDS = 60.0


@click.command()
def worker() -> None:
    """Carry requested runs out, until SIGTERM.

    The service `worker` of the stack runs this. It goes on with a run that was cut.

    \b
    Example:     vnext worker
    Exit codes:  0 stopped; 3 Docker or the journal is away; 64 a wrong setting
    """
    from pipeline.logs import configure
    from pipeline.worker import work

    configure()
    run(work(*all_settings()))


@click.command()
def check() -> None:
    """Check settings, compose file, Docker, journal and remote.

    Says which services a run would switch.

    \b
    Example:     vnext check
    Exit codes:  0 all is well; 3 a helper is away; 64 a wrong setting
    """
    run(_check(settings()))


@click.command()
def health() -> None:
    """Exit 0 if the worker told the journal something within the last minute.

    \b
    Example:     vnext health
    Exit codes:  0 it did; 3 it did not, or the journal is away; 64 a wrong setting
    """
    run(_health(settings()))


async def _check(settings: WorkerSettings) -> None:
    from pipeline.parts import assemble, check_branch, check_identity
    from pipeline.stages.resolved import installed_compose_file
    from pipeline.stages.resolved import read as read_file

    check_identity(settings)
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
