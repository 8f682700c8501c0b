"""`vnext stats`: the figures as text, or as one JSON document."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from pipeline.cli.journal import journal
from pipeline.figures import as_json as document
from pipeline.figures import read
from pipeline.model.compared import Figures
from pipeline.model.dora import PERIOD
from pipeline.settings import WorkerSettings
from pipeline.wording.figures import covered, keys, trend, unsure


async def show_stats(settings: WorkerSettings, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        found = await read(store.figures, project.id, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"project": project.name, **document(found)}, indent=2))
    else:
        click.echo(text(project.name, found))


def text(project: str, found: Figures) -> str:
    lines = [*keys(found), *trend(found)]
    width = max(len(name) for name, _ in lines)
    notes = [note for note in (covered(found.dora), unsure(found)) if note]
    return "\n".join(
        [
            f"{project}, the last {PERIOD.days} days",
            *(f"  {name:<{width}}  {value}" for name, value in lines),
            *notes,
        ]
    )
