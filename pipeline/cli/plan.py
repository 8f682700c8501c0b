"""`plan`: a dry run, told in the words of the gate."""

from __future__ import annotations

import json

import click

from pipeline.parts import assemble
from pipeline.settings import WorkerSettings
from pipeline.stages.foresee import Foreseen, foresee
from pipeline.wording.foreseen import known_later
from pipeline.wording.markup import clean, plain
from pipeline.wording.plan import plan_text

_CHANGES = 40


async def show_plan(settings: WorkerSettings, target: str | None, *, as_json: bool) -> None:
    async with assemble(settings) as parts:
        project = await parts.store.releases.project(
            settings.project_name, settings.git_url, settings.git_branch
        )
        found = await foresee(parts, project, target)
    if as_json:
        words = {"plan": json.loads(found.plan.to_json()), "compose_changes": found.compose_changes}
        click.echo(json.dumps({**words, "known_later": known_later(found.tests)}, indent=2))
    else:
        click.echo(rendered(found))


def rendered(found: Foreseen) -> str:
    changes = found.compose_changes
    lines = [
        f"A deploy of {found.plan.project} would do this now. Nothing was done.",
        "",
        plain(plan_text(found.plan)),
        "",
    ]
    if changes is not None:
        lines.append(f"Compose file: {len(changes) or 'no'} change{'s' if len(changes) > 1 else ''}")
        lines += [f"  {clean(change)}" for change in changes[:_CHANGES]]
        if len(changes) > _CHANGES:
            lines.append(f"  … and {len(changes) - _CHANGES} more")
    return "\n".join([*lines, f"Known only after their stages: {', '.join(known_later(found.tests))}."])
