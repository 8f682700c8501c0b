"""Open alerts and those that are over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from pydantic import TypeAdapter

from pipeline.cli import tables
from pipeline.cli.journal import journal
from pipeline.model.alert import Alert
from pipeline.settings import WorkerSettings

_ADAPTER: TypeAdapter[Any] = TypeAdapter(list[Alert])


async def show_alerts(settings: WorkerSettings, limit: int, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        found = await store.alerts.recent(project.id, limit)
    if as_json:
        click.echo(_ADAPTER.dump_json(found, indent=2).decode())
    else:
        click.echo(tables.alerts(found, tables.Now(datetime.now(UTC))))
