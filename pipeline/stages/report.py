"""Report: the release becomes live in the journal, the tags follow, and the report is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pipeline.model.errors import PipelineError
from pipeline.model.results import Migrated, Reported
from pipeline.model.states import ExitCode, RunKind, RunState, StageName
from pipeline.report import files
from pipeline.stages.journey import Journey
from pipeline.stages.live import settle_tags


async def run(journey: Journey) -> Reported:
    parts = journey.parts
    if journey.run.kind is not RunKind.BACKUP:
        goal = await journey.goal()
        migrated = journey.found(StageName.MIGRATE, Migrated)
        await parts.store.releases.make_live(
            journey.project.id, goal.id, migrated.after if migrated else None
        )
    try:
        text, data = await _write(journey)
    except (PipelineError, OSError) as error:
        journey.tell(str(error))
        return Reported(text_path=None, json_path=None, problem=str(error))
    return Reported(text_path=str(text), json_path=str(data))


async def _write(journey: Journey) -> tuple[Path, Path]:
    parts = journey.parts
    await settle_tags(parts, journey.project.id)
    view = await parts.store.runs.view(journey.run.id)
    view = view.ended(RunState.SUCCEEDED, ExitCode.SUCCESS, None, parts.clock())
    return await asyncio.to_thread(files.write, view, parts.layout.reports(journey.run.id))
