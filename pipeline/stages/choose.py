"""Tag, on the road of a rollback: the release to go back to is chosen and its images are looked for."""

from __future__ import annotations

from pipeline.model.errors import StageFailed
from pipeline.model.move import Move
from pipeline.model.release import Release, ReleaseId
from pipeline.model.results import Tagged
from pipeline.model.states import RunKind
from pipeline.stages.apart import see_apart
from pipeline.stages.journey import Journey
from pipeline.stages.moved import look
from pipeline.stages.of_itself import is_itself, stays
from pipeline.stages.resolved import pinned_hash, read


async def run(journey: Journey) -> Tagged:
    parts = journey.parts
    release = await _wanted(journey)
    missing = [
        name for name, image in sorted(release.images.items()) if await parts.engine.image(image) is None
    ]
    if missing:
        raise StageFailed(
            f"Release {release.short_sha} cannot come back: the image of {', '.join(missing)} is gone.",
            advice="Deploy that commit again by its SHA to build it anew.",
        )
    await see_apart(parts, await read(parts, release.kept_compose_file))
    await parts.store.runs.note(
        journey.run.id, journey.run.epoch, release=release.id, sha=release.sha, branch=release.branch
    )
    compose_hash = await pinned_hash(parts, release.kept_compose_file, release.images)
    moved = await stays(parts, release) if is_itself(parts) else await look(journey, release)
    down = journey.run.kind is RunKind.ROLLBACK and moved.move is Move.DOWN
    return Tagged(release_id=release.id, compose_hash=compose_hash, down_to=moved.then if down else None)


async def _wanted(journey: Journey) -> Release:
    target = journey.run.target
    wanted = ReleaseId(int(target)) if target and target.isdecimal() else journey.project.previous_release_id
    release = await journey.parts.store.releases.get(wanted) if wanted else None
    if release is None or release.project_id != journey.project.id:
        raise StageFailed(
            f"There is no release {target} to go back to." if target else "There is no previous release.",
            advice="See /status for the releases that are there.",
        )
    if release.pruned_at is not None:
        raise StageFailed(
            f"Release {release.id} ({release.short_sha}) was pruned: its images are gone.",
            advice="Deploy that commit again by its SHA to build it anew.",
        )
    if journey.live and release.id == journey.live.id:
        raise StageFailed(f"Release {release.short_sha} is live already.", advice="Nothing needs to be done.")
    return release
