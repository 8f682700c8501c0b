"""What a killed executor left on disk: it means nothing any more once another one holds the lock."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pipeline.atomic import PART
from pipeline.model.release import Project
from pipeline.process import sweep_scratch
from pipeline.stages.journey import Parts
from pipeline.stages.layout import Layout

_RUN = re.compile(r"^run-(\d+)$")


async def sweep(parts: Parts, project: Project) -> list[Path]:
    """Removes what executors of the project that are gone left half-written; which files and folders.

    To be called under the executor's lock of the project: nobody else writes there then. What belongs to
    another project stays, for that one's executor may be writing it.
    """
    numbers = await asyncio.to_thread(half_written, parts.layout.all_reports)
    of = await parts.store.runs.projects_of(numbers)
    mine = [number for number in numbers if of.get(number, project.id) == project.id]
    return await asyncio.to_thread(swept, parts.layout, mine)


def half_written(reports: Path) -> set[int]:
    """The runs among whose reports is a half-written file."""
    folders = {path.relative_to(reports).parts[0] for path in reports.rglob(f"*{PART}")}
    return {int(match[1]) for folder in folders if (match := _RUN.match(folder))}


def swept(layout: Layout, runs: Collection[int]) -> list[Path]:
    """The same for a project's own folders and the reports of these runs; and temporary folders of processes
    that are gone, whoever they worked for. A disk that refuses is let be."""
    gone = sweep_scratch()
    for part in _parts(layout, runs):
        with contextlib.suppress(OSError):
            part.unlink()
            gone.append(part)
    return gone


def _parts(layout: Layout, runs: Collection[int]) -> Iterator[Path]:
    for folder in (layout.backups, layout.releases, *(layout.all_reports / f"run-{run}" for run in runs)):
        yield from folder.rglob(f"*{PART}")
    yield from layout.locks.rglob(f"{layout.project}.holder{PART}")
