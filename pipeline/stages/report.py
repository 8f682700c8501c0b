"""Report: the release becomes live in the journal, the tags follow, and the report is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pipeline.model.errors import PipelineError
from pipeline.model.results import Migrated, Reported
from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName
from pipeline.report import files
from pipeline.report.between import between
from pipeline.report.document import report_of
from pipeline.stages.journey import Journey, Parts
from pipeline.stages.live import settle_tags
from pipeline.stages.moved import note_schema
from pipeline.stages.of_itself import is_itself, known_by_this_code
from pipeline.stages.swap import forget_older


async def run(journey: Journey) -> Reported:
    parts = journey.parts
    if journey.run.kind.swaps:
        await forget_older(journey)
    if journey.run.kind.switches:
        goal = await journey.goal()
        await parts.store.releases.make_live(
            journey.project.id, goal.id, _revision(journey), fence=journey.fence
        )
    if journey.run.kind.switches or journey.run.kind.swaps:
        await note_schema(journey)
    try:
        text, data = await _write(journey)
    except (PipelineError, OSError) as error:
        journey.tell(str(error))
        return Reported(text_path=None, json_path=None, problem=str(error))
    return Reported(text_path=str(text), json_path=str(data))


def _revision(journey: Journey) -> str | None:
    """The schema's revision as the release that was deployed has it; None where it was not moved."""
    if is_itself(journey.parts):
        return known_by_this_code() if journey.run.kind is RunKind.DEPLOY else None
    migrated = journey.found(StageName.MIGRATE, Migrated)
    return migrated.after if migrated else None


async def written(parts: Parts, view: RunView) -> tuple[Path, Path]:
    """Writes the report; both paths. Raises OSError."""
    report = report_of(view, await between(parts.store.releases, view.run))
    return await asyncio.to_thread(files.write, report, parts.layout.reports(view.run.id), parts.redact)


async def _write(journey: Journey) -> tuple[Path, Path]:
    parts = journey.parts
    await settle_tags(parts, journey.project.id)
    view = await parts.store.runs.view(journey.run.id)
    view = view.ended(RunState.SUCCEEDED, ExitCode.SUCCESS, None, parts.clock())
    return await written(parts, view)
