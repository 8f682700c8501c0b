"""`vnext pause`, `vnext resume` and `vnext schedules`: what comes by itself rests, goes on, or is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import click
from pydantic import TypeAdapter

from pipeline.cli.journal import journal
from pipeline.cli.operator import operator
from pipeline.model.release import Project
from pipeline.model.schedule import ScheduleName, Timetable
from pipeline.scheduled import timetable
from pipeline.settings import WorkerSettings
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut, plain
from pipeline.wording.pause import KEPT, MEANS, NOT_PAUSED, REASON_LIMIT, paused, resumed
from pipeline.wording.schedule import paused_schedule, resumed_schedule
from pipeline.wording.schedule import timetable as told


async def pause(settings: WorkerSettings, reason: str, *, as_json: bool) -> None:
    why = cut(clean(reason), REASON_LIMIT) or None
    async with journal(settings) as (store, project):
        begun = await store.pauses.begin(project.id, operator(), why)
        current = begun or await store.pauses.current(project.id)
    if current is None:
        _say({"paused": False}, NOT_PAUSED, as_json=as_json)
        return
    kept = begun is None and why is not None and why != current.reason
    said = {"paused": True, "since": current.began_at.isoformat(), "by": current.began_by}
    text = f"{paused(current, datetime.now(UTC))}\n{KEPT if kept else MEANS}"
    _say({**said, "reason": current.reason}, text, as_json=as_json)


async def resume(settings: WorkerSettings, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        ended = await store.pauses.end(project.id, operator())
    said = {"paused": False, "was_paused_since": ended.began_at.isoformat() if ended else None}
    _say(said, resumed(ended) if ended else NOT_PAUSED, as_json=as_json)


async def schedules(settings: WorkerSettings, deed: str | None, name: str | None, *, as_json: bool) -> None:
    """`deed` is pause or resume of the schedule `name`, or None to show them all."""
    now = datetime.now(UTC)
    async with journal(settings) as (store, project):
        if deed is not None and name is not None:
            said = await _rest(store, project, deed, ScheduleName(name))
            resting = await store.schedules.resting(project.id)
            _say({"schedule": name, "paused": name in resting}, said, as_json=as_json)
            return
        found = await timetable(store, project.id, now)
    if as_json:
        click.echo(TypeAdapter(Timetable).dump_json(found, indent=2).decode())
    else:
        click.echo(plain(told(found, project.name, now)))


async def _rest(store: Store, project: Project, deed: str, name: ScheduleName) -> str:
    if deed == "pause":
        return paused_schedule(name, await store.schedules.pause(project.id, name, operator()))
    return resumed_schedule(name, await store.schedules.resume(project.id, name, operator()))


def _say(document: Mapping[str, object], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else plain(text))
