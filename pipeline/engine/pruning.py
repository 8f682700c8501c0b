"""Releases beyond those that are kept lose their images and files, and so do images that runs have left.

The journal is told first, then names of images go, then the folder: as long as the folder is there, the next
time does the rest again.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers import unused
from pipeline.containers.engine import EngineRefused
from pipeline.containers.unused import Nameless
from pipeline.engine.local_file import local_runs
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project, Release, ReleaseId
from pipeline.model.run import Run
from pipeline.stages.journey import Parts
from pipeline.store.connect import LOST

log = structlog.get_logger()


async def prune(parts: Parts, project: Project) -> None:
    """To be called under the executor's lock. What cannot be removed is told in the log and tried again the
    next time; no run fails for it."""
    try:
        await _mark(parts, project)
        await _clear(parts, project)
        await _clear_nameless(parts, project)
    except (PipelineError, *LOST) as error:
        pass_on_cancellation()
        log.warning("pruning_left_off", problem=str(error))


def surplus(
    releases: Sequence[Release],
    *,
    live: ReleaseId | None,
    previous: ReleaseId | None,
    needed: Collection[ReleaseId],
    keep: int,
) -> list[Release]:
    """Which of the releases (newest first) go. Besides live, previous and those `needed`, the newest `keep`
    that served stay, and the newest that never did: the next build goes on from its layers."""
    free = [r for r in releases if r.id not in (live, previous) and r.id not in needed]
    served = [r for r in free if r.live_since is not None]
    never = [r for r in free if r.live_since is None]
    return [*served[keep:], *never[1:]]


def needed_by(run: Run, releases: Sequence[Release]) -> set[ReleaseId]:
    """What an active run goes to or may come back to; a rollback names its goal before it has begun."""
    found = {number for number in (run.live_release_id, run.release_id) if number is not None}
    found |= {release.id for release in releases if release.run_id == run.id}
    if run.kind.goes_back and run.target and run.target.isdecimal():
        found.add(ReleaseId(int(run.target)))
    return found


def stale(images: Sequence[Nameless], needed: Collection[str]) -> list[str]:
    """All but those of the run that built last, which serve the next one as cache, and those `needed`."""
    newest = max(images, key=lambda image: image.created, default=None)
    return [
        image.id
        for image in sorted(images, key=lambda image: image.created)
        if newest and image.run != newest.run and image.id not in needed
    ]


async def _mark(parts: Parts, project: Project) -> None:
    store = parts.store
    fresh = await store.releases.project_by_id(project.id)
    releases = await store.releases.unpruned(project.id)
    active = await store.runs.active(project.id)
    needed = needed_by(active, releases) if active else set()
    by_hand = {
        release.compose_file
        for run in await asyncio.to_thread(local_runs, parts.layout.by_hand)
        for release in (run.began.goal, run.began.before)
        if release
    }
    needed |= {release.id for release in releases if release.compose_file in by_hand}
    for release in surplus(
        releases,
        live=fresh.live_release_id,
        previous=fresh.previous_release_id,
        needed=needed,
        keep=parts.settings.keep_releases,
    ):
        if await store.releases.prune(release.id):
            log.info("release_pruned", release=release.id, sha=release.short_sha)


async def _clear(parts: Parts, project: Project) -> None:
    """What marked releases still have on this machine."""
    folder = parts.layout.releases
    files = [str(path / "compose.yml") for path in folder.iterdir()] if folder.is_dir() else []
    for release in await parts.store.releases.pruned_with(project.id, files):
        try:
            for image in release.images.values():
                await unused.untag(parts.engine, image, release.image_tag)
        except EngineRefused as error:
            log.warning("release_left", release=release.id, problem=error.what)
            continue
        await asyncio.to_thread(shutil.rmtree, Path(release.compose_file).parent)


async def _clear_nameless(parts: Parts, project: Project) -> None:
    kept = await parts.store.releases.unpruned(project.id)
    needed = {image for release in kept for image in release.images.values()}
    there = await unused.nameless(parts.engine, parts.compose.project)
    of = await parts.store.runs.projects_of([image.run for image in there])
    mine = [image for image in there if of.get(image.run, project.id) == project.id]
    for image in stale(mine, needed):
        try:
            await unused.remove(parts.engine, image)
        except EngineRefused as error:
            log.info("image_left", image=image[7:19], problem=error.what)
