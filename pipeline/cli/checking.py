"""`check`: whether each project can be served."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipeline.model.errors import PipelineError
from pipeline.model.states import ExitCode
from pipeline.parts import check_branch, check_for_all, claim, hands_for, machine, parts_for
from pipeline.project.owners import Owners
from pipeline.settings import WorkerSettings
from pipeline.store.store import open_store


async def check_all(everyone: Sequence[WorkerSettings]) -> ExitCode | None:
    """Says of each project what a run would switch, or what is wrong with it; the exit code is that of the
    first that is wrong. Raises PipelineError for what is wrong with all of them, and with a single one."""
    check_for_all(everyone[0])
    worst: ExitCode | None = None
    owners = Owners()
    async with machine() as shared, open_store(everyone[0].journal) as store:
        for settings in everyone:
            before = f"{settings.project_name}: " if len(everyone) > 1 else ""
            try:
                hands = await hands_for(settings, shared)
                names = (await claim(owners, hands)).names
                tip = await check_branch(parts_for(hands, store))
            except PipelineError as error:
                if len(everyone) == 1:
                    raise
                click.echo(f"{before}{error}", err=True)
                worst = worst or error.exit_code
                continue
            click.echo(f"{before}Runs switch: {', '.join(names)}")
            at = tip[:7] if tip else "no commit yet"
            click.echo(f"{before}Branch {settings.git_branch} is at {at}")
    return worst
