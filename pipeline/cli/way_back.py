"""Which rollback is meant, where the schema moved: code only, or with the data of then. Never by silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

import click

from pipeline.going_back import data_to_go_back_to, ways_back
from pipeline.model.errors import PipelineError
from pipeline.model.move import Move, WaysBack
from pipeline.model.release import ProjectId
from pipeline.model.states import ExitCode, RunKind
from pipeline.store.releases import Releases
from pipeline.wording.markup import plain
from pipeline.wording.way_back import question

Asking = Callable[[str], Awaitable[str]]


class Way(StrEnum):
    CODE = "code"
    DATA = "data"


class ChoiceWanted(PipelineError):
    """The schema moved, and nobody said whether the data of then is to come back."""

    exit_code = ExitCode.USAGE


async def kind_and_target(
    releases: Releases,
    project: ProjectId,
    target: str | None,
    way: Way | None,
    now: datetime,
    ask: Asking | None,
) -> tuple[RunKind, str]:
    """The kind of run and the number of the release. `ask` puts a question at the terminal, where there is
    one. Raises CannotGoBack, ChoiceWanted."""
    ways = await ways_back(releases, project, target, now)
    if way is None and ways.asks:
        way = await _chosen(ways, now, ask)
    if way is Way.DATA:
        await data_to_go_back_to(releases, ways.goal)
        return RunKind.REWIND, str(ways.goal.id)
    if way is Way.CODE and ways.move is Move.DOWN:
        raise ChoiceWanted(
            "The release that serves declares a down migration (x-pipeline.migrate.down), which a rollback"
            " runs: it cannot be code only.",
            advice="Leave --code-only out: the plan shows the command and asks. Or give --with-data.",
        )
    return RunKind.ROLLBACK, str(ways.goal.id)


async def _chosen(ways: WaysBack, now: datetime, ask: Asking | None) -> Way:
    said = plain(question(ways, now))
    advice = "Add --code-only" + (" or --with-data." if ways.backup else ".")
    if ask is None:
        raise ChoiceWanted(f"It has to be said what happens to the data.\n{said}\n", advice=advice)
    click.echo(f"{said}\n")
    data = "d for code and data, " if ways.backup else ""
    answer = (await ask(f"c for code only, {data}anything else for neither: ")).strip().lower()
    if answer in ("c", "code"):
        return Way.CODE
    if answer in ("d", "data") and ways.backup:
        return Way.DATA
    raise ChoiceWanted("Neither was chosen: nothing was started.", advice=advice)
