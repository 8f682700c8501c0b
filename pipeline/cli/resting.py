"""Commands that show what comes by itself, and let it rest and go on."""

from __future__ import annotations

import click

from pipeline.cli.running import run, settings
from pipeline.cli.which import PROJECT
from pipeline.model.schedule import ScheduleName

_JSON = click.option("--json", "as_json", is_flag=True, help="The answer as one JSON object.")


@click.command()
@PROJECT
@click.argument("reason", nargs=-1, metavar="[REASON]")
@_JSON
def pause(reason: tuple[str, ...], as_json: bool) -> None:
    """Let pushes be, and schedules rest, until `vnext resume`.

    Nothing is asked and nothing begins by itself; runs that are asked for are carried out as always. It is
    kept in the journal, told by /status and /health, and outlives restarts. REASON says why.

    \b
    Example:     vnext pause the disk is being exchanged
    Exit codes:  0 paused; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli import pausing

    run(pausing.pause(settings(), " ".join(reason), as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@_JSON
def resume(as_json: bool) -> None:
    """Ask about pushes again, and let schedules run.

    The newest push that nobody was asked about is asked about now, once.

    \b
    Example:     vnext resume
    Exit codes:  0 nothing is paused any more; 3 the journal is away; 64 wrong usage
    """
    from pipeline.cli import pausing

    run(pausing.resume(settings(), as_json=as_json), as_json=as_json)


@click.command()
@PROJECT
@click.argument("deed", required=False, type=click.Choice(["pause", "resume"]))
@click.argument("name", required=False, type=click.Choice([name.value for name in ScheduleName]))
@_JSON
def schedules(deed: str | None, name: str | None, as_json: bool) -> None:
    """Show what begins by itself, and let one of it rest.

    With its expression, the next moment, and what came of the last one. `pause NAME` lets one schedule rest
    until `resume NAME`: its moments are left out, and not made up for. `vnext pause` lets everything rest.

    \b
    Example:     vnext schedules pause drill
    Exit codes:  0 shown, or done; 3 the journal is away; 64 wrong usage
    """
    if (deed is None) != (name is None):
        raise click.UsageError("pause and resume want the name of one schedule")
    from pipeline.cli import pausing

    run(pausing.schedules(settings(), deed, name, as_json=as_json), as_json=as_json)
