"""What the journal knows of the project, shown as text or as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from pydantic import TypeAdapter

from pipeline.cli import tables
from pipeline.cli.journal import journal
from pipeline.cli.others import others, told
from pipeline.cli.tables import Now, Standing
from pipeline.cli.which import chosen_project, vnext
from pipeline.model.errors import PipelineError
from pipeline.model.release import BackupId, Project, Release, ReleaseId, RunId
from pipeline.of_project import project_names
from pipeline.report.between import between
from pipeline.report.document import adapter, report_of
from pipeline.report.text import render
from pipeline.settings import WorkerSettings
from pipeline.store.store import Store
from pipeline.wording.markup import plain
from pipeline.wording.probation import on_result, sentences

_RUNS = 5
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class NoSuchRun(PipelineError):
    """The journal does not know the run, or none has ended yet."""


async def show_status(settings: WorkerSettings, *, as_json: bool) -> None:
    names = project_names(settings.projects or "") if chosen_project() is None else []
    async with journal(settings) as (store, project):
        standing = await _standing(store, project)
        beside = await others(store, names)
    if as_json:
        _print(standing)
    else:
        click.echo(tables.status(standing, _now()))
        if beside:
            click.echo(f"\n{told(beside, _now())}\n\nAll of one: vnext status --project NAME")


async def show_history(settings: WorkerSettings, limit: int, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        runs = await store.history.runs(project.id, limit)
    _list(runs, tables.history(runs, _now()), as_json=as_json)


async def show_releases(settings: WorkerSettings, limit: int, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        found = await store.releases.recent(project.id, limit)
    _list(found, tables.releases(found, project, _now()), as_json=as_json)


async def show_backups(settings: WorkerSettings, limit: int, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        everything = await store.releases.all_backups(project.id)
    found, changes = everything[:limit], tables.grown(everything)
    if as_json:
        told = _ANY.dump_python(found, mode="json")
        _print([{**one, "change_bytes": changes[BackupId(one["id"])]} for one in told])
    else:
        click.echo(tables.backups(found, changes, _now()))


async def show_report(settings: WorkerSettings, number: int | None, *, as_json: bool) -> None:
    """Raises NoSuchRun."""
    async with journal(settings) as (store, project):
        view = await store.runs.view(await _run(store, project, number))
        report = report_of(view, await between(store.releases, view.run))
        watch = await store.probations.of_run(view.run.id)
    text = json.dumps(adapter().dump_python(report, mode="json"), indent=2) if as_json else render(report)
    click.echo(text, nl=as_json)
    if watch is not None and not as_json:
        said = [*on_result(watch), *(sentences(watch) if watch.evidence else [])]
        click.echo("\n" + "\n".join(plain(line) for line in said))


async def _run(store: Store, project: Project, number: int | None) -> RunId:
    if number is None:
        ended = [run.id for run in await store.history.runs(project.id, 2) if run.state.final]
        if not ended:
            raise NoSuchRun("No run has ended yet.", advice=f"{vnext('status')} shows what is under way.")
        return ended[0]
    try:
        run = await store.runs.get(RunId(number))
    except LookupError:
        run = None
    other = run is not None and run.project_id != project.id
    if run is None or (other and chosen_project() is not None):
        raise NoSuchRun(f"There is no run {number}.", advice=f"{vnext('history')} shows the runs there are.")
    return run.id


async def _standing(store: Store, project: Project) -> Standing:
    active = await store.runs.active(project.id)
    recent = await store.history.runs(project.id, _RUNS + 1)
    return Standing(
        project=project,
        live=await _release(store, project.live_release_id),
        previous=await _release(store, project.previous_release_id),
        seen=await store.releases.observation(project.id),
        active=await store.runs.view(active.id) if active else None,
        runs=[run for run in recent if run.state.final][:_RUNS],
        backup=await store.releases.newest_usable_backup(project.id),
        proven=await store.releases.last_proven_backup(project.id),
        paused=await store.pauses.current(project.id),
        alerts=await store.alerts.open(project.id),
        probation=await store.probations.of_release(project.live_release_id),
    )


async def _release(store: Store, release: ReleaseId | None) -> Release | None:
    return await store.releases.get(release) if release else None


def _list(found: Sequence[object], text: str, *, as_json: bool) -> None:
    if as_json:
        _print(found)
    else:
        click.echo(text)


def _print(value: object) -> None:
    click.echo(_ANY.dump_json(value, indent=2).decode())


def _now() -> Now:
    return Now(datetime.now(UTC))
