"""Commands that let what comes by itself rest, and go on."""

from __future__ import annotations

import click

from pipeline.cli.running import run, settings

_JSON = click.option("--json", "as_json", is_flag=True, help="The answer as one JSON object.")


@click.command()
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
