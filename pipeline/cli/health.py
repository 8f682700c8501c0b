"""`health`: whether each project is served. Asked again and again, so it loads and opens little."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from pipeline.model.alert import SERVING
from pipeline.model.states import ExitCode
from pipeline.settings import WorkerSettings
from pipeline.store.alerts import open_problem
from pipeline.store.releases import last_observed

HEALTHY_SECONDS = 60.0


async def health_of_all(everyone: Sequence[WorkerSettings]) -> ExitCode | None:
    """A project of which the worker told that it cannot serve it is said, and counts as told."""
    worst: ExitCode | None = None
    for settings in everyone:
        at = await last_observed(settings.journal, settings.project_name)
        age = (datetime.now(UTC) - at).total_seconds() if at else None
        if age is not None and age <= HEALTHY_SECONDS:
            continue
        of = f" of {settings.project_name}" if len(everyone) > 1 else ""
        click.echo(
            f"The worker last told something{of} {'never' if age is None else f'{age:.0f} s ago'}.", err=True
        )
        if why := await open_problem(settings.journal, settings.project_name, SERVING):
            click.echo(f"It told why: {why}", err=True)
        else:
            worst = ExitCode.DEPLOY_FAILED
    return worst
