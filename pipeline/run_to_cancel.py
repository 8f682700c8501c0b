"""Which run a person means who calls one off: in the chat or on the command line."""

from __future__ import annotations

from pipeline.model.errors import PipelineError
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run
from pipeline.store.runs import Runs


class NothingToCancel(PipelineError):
    """No run is under way, or there is none of that number."""


async def run_to_cancel(runs: Runs, project: Project, number: int | None) -> Run:
    """The run under way, or the one of that number. Raises NothingToCancel."""
    if number is None:
        active = await runs.active(project.id)
        if active is None:
            raise NothingToCancel("No run is under way.", advice="Nothing needs to be cancelled.")
        return active
    try:
        run = await runs.get(RunId(number))
    except LookupError:
        run = None
    if run is None or run.project_id != project.id:
        raise NothingToCancel(
            f"There is no run {number}.", advice="See /status or vnext history for the runs there are."
        )
    return run
