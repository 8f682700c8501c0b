"""`smoke`: the checks of a release, against what serves now."""

from __future__ import annotations

import dataclasses
import json

import click

from pipeline.cli.tables import table
from pipeline.model.errors import PipelineError
from pipeline.model.results import CheckLine
from pipeline.model.states import ExitCode, StageState
from pipeline.parts import equip
from pipeline.settings import WorkerSettings
from pipeline.stages import kept
from pipeline.stages.live import images
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.stages.switch import examine
from pipeline.wording.markup import clean
from pipeline.wording.words import STAGE_SIGN


class NothingServes(PipelineError):
    """There is nothing to check."""

    exit_code = ExitCode.SMOKE_FAILED


async def check_live(settings: WorkerSettings, *, as_json: bool) -> ExitCode:
    """Raises NothingServes, EngineUnreachable."""
    async with equip(settings) as hands:
        serving = await images(hands)
        if not serving:
            raise NothingServes(
                "No container of the group is here: there is nothing to check.",
                production="Nothing serves.",
                advice="Deploy, or see DEPLOYMENT_GROUP and COMPOSE_PROJECT_NAME.",
            )
        release = kept.with_images(kept.kept(hands.layout.releases), serving)
        app = await read(hands, release.kept_compose_file if release else installed_compose_file(hands))
        found = await examine(hands, app, lambda line: click.echo(line, err=True))
    well = all(check.ok for check in found.checks)
    if as_json:
        click.echo(
            json.dumps({"ok": well, "rounds": found.attempts, "checks": _plain(found.checks)}, indent=2)
        )
    else:
        click.echo(rendered(found.checks))
    return ExitCode.SUCCESS if well else ExitCode.SMOKE_FAILED


def rendered(checks: list[CheckLine]) -> str:
    """A line for each check, and below the table what failed."""
    rows = [
        (
            STAGE_SIGN[StageState.SUCCEEDED if c.ok else StageState.FAILED],
            c.name,
            clean(c.figure),
            clean(c.limit),
        )
        for c in checks
    ]
    failed = [f"{check.name}: {clean(check.detail)}" for check in checks if not check.ok]
    counted = f"{len(checks) - len(failed)} of {len(checks)} checks passed."
    return "\n".join([table(("", "CHECK", "FOUND", "ALLOWED"), rows), "", *failed, counted])


def _plain(checks: list[CheckLine]) -> list[dict[str, object]]:
    return [dataclasses.asdict(check) for check in checks]
