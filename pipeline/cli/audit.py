"""`vnext audit`: the audit log as a table, or as JSON lines for another program."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import click

from pipeline.cli import tables
from pipeline.cli.journal import journal
from pipeline.cli.tables import Now
from pipeline.cli.which import chosen_project
from pipeline.model.audit import AuditLine
from pipeline.model.release import RunId
from pipeline.settings import WorkerSettings

ALLOWED = "a moment such as 2026-03-09 or 2026-03-09T10:00+01:00, or how long ago: 90m, 24h, 7d"
_AGO = re.compile(r"^([0-9]{1,6})([mhd])$")
_UNIT = {"m": "minutes", "h": "hours", "d": "days"}


async def show_audit(
    settings: WorkerSettings, *, run: int | None, since: datetime | None, limit: int, as_json: bool
) -> None:
    async with journal(settings) as (store, project):
        if run is not None:
            found = await store.audit.of_run(RunId(run), limit, since)
        elif chosen_project() is not None:
            found = await store.audit.of_project(project.id, limit, since)
        else:
            found = await store.audit.before(limit, since=since)
    if as_json:
        for entry in reversed(found):
            click.echo(as_line(entry))
    else:
        click.echo(tables.audit(found, Now(datetime.now(UTC))))


def as_line(entry: AuditLine) -> str:
    """One JSON object; docs/security.md tells its fields."""
    document = {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "run": entry.run,
        "chat": entry.chat,
        "detail": entry.detail,
    }
    return json.dumps(document, ensure_ascii=False)


def moment(text: str, now: datetime) -> datetime:
    """Since when; without an offset it is meant in this machine's zone. Raises ValueError."""
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return now - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not known; allowed: {ALLOWED}") from error
