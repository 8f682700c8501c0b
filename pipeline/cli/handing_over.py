"""`hand-over`: what the one-off containers of a run of the controller do. People do not need it."""

from __future__ import annotations

import click

from pipeline.cli.running import run


@click.command("hand-over", hidden=True)
@click.argument("number", metavar="RUN", type=click.IntRange(min=1))
@click.option("--guard", is_flag=True, help="Stand by, and bring the release from before back if need be.")
def hand_over(number: int, guard: bool) -> None:
    """Carry a run of the controller on, which its worker handed over.

    The worker starts this in two containers, which remove themselves once the run has ended.

    \b
    Example:     vnext hand-over 42
    Exit codes:  0 stopped; 3 Docker or the journal is away; 64 a wrong setting
    """
    from pipeline.attending import attend
    from pipeline.cli.running import told
    from pipeline.logs import configure
    from pipeline.model.hand_over import Carrier
    from pipeline.model.moment import show_in
    from pipeline.model.release import RunId
    from pipeline.of_project import CONTROLLER
    from pipeline.reading import read
    from pipeline.settings import WorkerSettings

    configure()
    with told():
        settings = read(WorkerSettings, CONTROLLER)
    show_in(settings.zone)
    run(attend(settings, RunId(number), Carrier.GUARD if guard else Carrier.HAND_OVER))
