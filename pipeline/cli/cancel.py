"""`cancel`: the intent goes to the journal, and the worker carries it out."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import click

from pipeline.cli.journal import journal
from pipeline.cli.operator import operator
from pipeline.cli.which import chosen_project
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run
from pipeline.run_to_cancel import run_to_cancel
from pipeline.settings import WorkerSettings
from pipeline.store.store import Store

_WAIT_SECONDS = 15.0


async def call_off(settings: WorkerSettings, number: int | None, *, as_json: bool) -> None:
    """Waits some seconds for the run's end. Raises NothingToCancel, TooLateToCancel."""
    async with journal(settings) as (store, project):
        run = await run_to_cancel(store.runs, await _its_project(store, project, number), number)
        told = await store.runs.cancel(run.id, operator())
        ended = await _ended(store, run.id)
        if as_json:
            words = {"run": run.id, "by": told.by, "at": told.at.isoformat(), "state": ended.state}
            click.echo(json.dumps(words))
        elif ended.state.final:
            click.echo(f"Run {run.id} ({run.kind}): {ended.state} by {told.by}. Production was not touched.")
        else:
            seen = await store.releases.observation(run.project_id)
            silent = (datetime.now(UTC) - seen.at).total_seconds() if seen else None
            since = "so far" if silent is None else f"for {silent:.0f} s"
            click.echo(
                f"Run {run.id} ({run.kind}) is cancelled by {told.by}, but the worker has told nothing"
                f" {since}: it ends the run as soon as it is back. Production is not touched."
            )


async def _its_project(store: Store, project: Project, number: int | None) -> Project:
    """That of the run of this number, where none was chosen: numbers are unique over all of them."""
    if number is None or chosen_project() is not None:
        return project
    of = (await store.runs.projects_of([number])).get(number)
    return project if of is None else await store.releases.project_by_id(of)


async def _ended(store: Store, run: RunId) -> Run:
    """The run once it has ended, or as it is after some seconds."""
    until = asyncio.get_running_loop().time() + _WAIT_SECONDS
    async with store.news.subscribe() as news:
        while True:
            now = await store.runs.get(run)
            left = until - asyncio.get_running_loop().time()
            if now.state.final or left <= 0:
                return now
            await news.wait(min(left, 1.0))
