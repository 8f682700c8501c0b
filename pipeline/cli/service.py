"""`worker`, `check` and `health`: what runs a pipeline, and whether it can."""

from __future__ import annotations

import click

from pipeline.cli.running import all_settings, run
from pipeline.cli.which import PROJECT


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
@PROJECT
def check() -> None:
    """Check settings, compose file, Docker, journal and remote, of each project.

    Says which services a run would switch.

    \b
    Example:     vnext check
    Exit codes:  0 all is well; 3 a helper is away; 64 a wrong setting
    """
    from pipeline.cli.checking import check_all

    run(check_all(all_settings()))


@click.command()
@PROJECT
def health() -> None:
    """Exit 0 if the worker told the journal something of each project within the last minute.

    A project that it cannot serve, of which it told an alert, does not count against it.

    \b
    Example:     vnext health
    Exit codes:  0 it did; 3 it did not, or the journal is away; 64 a wrong setting
    """
    from pipeline.cli.health import health_of_all

    run(health_of_all(all_settings()))
