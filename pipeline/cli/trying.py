"""Commands that act without a run, and on nothing: the plan of a deploy, and the checks of what serves."""

from __future__ import annotations

import click

from pipeline.cli.running import run, settings
from pipeline.cli.which import PROJECT

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.command()
@PROJECT
@click.argument("target", required=False)
@_JSON
def plan(target: str | None, as_json: bool) -> None:
    """What a deploy would do now; nothing is done.

    The plan that the gate would show: commits, services, migration, changes of the compose file, downtime,
    warnings. What only tests, build and backup can tell is named. TARGET is a branch or a SHA, by default the
    watched branch. A run may be under way.

    \b
    Example:     vnext plan feature/login
    Exit codes:  0 shown; 3 the commit could not be had, or a helper is away; 64 wrong usage
    """
    from pipeline.cli.plan import show_plan

    run(show_plan(settings(), target, as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_JSON
def smoke(as_json: bool) -> None:
    """The smoke checks against what serves, each with figure and limit.

    Needs neither journal nor worker.

    \b
    Example:     vnext smoke
    Exit codes:  0 all passed; 3 Docker is away; 4 a check failed, or nothing serves; 64 wrong usage
    """
    from pipeline.cli.smoke import check_live

    run(check_live(settings(), as_json=as_json), as_json=as_json)
