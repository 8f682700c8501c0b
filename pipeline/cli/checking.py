"""`check`: whether each project can be served."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipeline.model.errors import PipelineError
from pipeline.model.states import ExitCode
from pipeline.of_project import CONTROLLER
from pipeline.parts import check_branch, check_for_all, claim, hands_for, machine, parts_for
from pipeline.project.application import Application
from pipeline.settings import WorkerSettings
from pipeline.stages.live import LIVE
from pipeline.store.store import open_store


async def check_all(everyone: Sequence[WorkerSettings]) -> ExitCode | None:
    """Says of each project what a run would switch, or what is wrong with it; the exit code is that of the
    first that is wrong. Raises PipelineError for what is wrong with all of them, and with a single one."""
    check_for_all(everyone[0])
    worst: ExitCode | None = None
    async with machine() as shared, open_store(everyone[0].journal) as store:
        for settings in everyone:
            before = f"{settings.project_name}: " if len(everyone) > 1 else ""
            try:
                hands = await hands_for(settings, shared)
                application = await claim(hands)
                tip = await check_branch(parts_for(hands, store))
            except PipelineError as error:
                if len(everyone) == 1:
                    raise
                click.echo(f"{before}{error}", err=True)
                worst = worst or error.exit_code
                continue
            click.echo(f"{before}Runs switch: {', '.join(application.names)}")
            at = tip[:7] if tip else "no commit yet"
            click.echo(f"{before}Branch {settings.git_branch} is at {at}")
            if settings.project_name == CONTROLLER and (other := not_live(application)):
                click.echo(
                    f"{before}Warning: {other} is not tagged {LIVE}. After an update, compose up by hand"
                    f" would bring that image back: give CONTROLLER_IMAGE the tag {LIVE}."
                )
    return worst


def not_live(application: Application) -> str | None:
    """The first image that the compose file itself names by another tag than that of the live release."""
    names = (service.image for service in application.services if service.build and service.image)
    return next((name for name in names if name.rpartition("/")[2].partition(":")[2] != LIVE), None)
