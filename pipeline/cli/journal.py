"""The journal, for commands that read it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from pipeline.model.errors import PipelineError
from pipeline.model.release import Project
from pipeline.settings import WorkerSettings
from pipeline.store.store import Store, open_store


class UnknownProject(PipelineError):
    """The journal has never heard of the project."""


@contextlib.asynccontextmanager
async def journal(settings: WorkerSettings) -> AsyncIterator[tuple[Store, Project]]:
    """The journal and the project of the settings. Raises JournalUnreachable, UnknownProject."""
    async with open_store(settings.journal) as store:
        project = await store.releases.project_by_name(settings.project_name)
        if project is None:
            raise UnknownProject(
                f"The journal knows no project {settings.project_name} yet.",
                advice="Start the worker, or correct PROJECT_NAME or PROJECTS.",
            )
        yield store, project
