"""Tag: the release is recorded with all that the way back needs, and what serves keeps a name."""

from __future__ import annotations

from pipeline.model.results import BackedUp, Built, Pulled, Tagged
from pipeline.model.states import StageName
from pipeline.stages.apart import claim
from pipeline.stages.images import checkout
from pipeline.stages.journey import Journey
from pipeline.stages.live import ROLLBACK, keep_compose_file, keep_facts, point_tags
from pipeline.stages.resolved import pinned_hash


async def run(journey: Journey) -> Tagged:
    parts = journey.parts
    pulled = journey.result(StageName.PULL, Pulled)
    built = journey.result(StageName.BUILD, Built)
    backup = journey.result(StageName.BACKUP, BackedUp)
    commit = await checkout(journey)
    await claim(parts, commit.app, of_a_run=True)
    kept = keep_compose_file(parts, f"run-{journey.run.id}", commit.compose_file)
    compose_hash = await pinned_hash(parts, kept, built.images)
    release = await parts.store.releases.add(
        journey.project.id,
        run=journey.run.id,
        sha=pulled.sha,
        branch=pulled.branch,
        images=built.images,
        compose_file=str(kept),
        compose_hash=compose_hash,
        schema_revision=None,
        backup=backup.backup_id,
        fence=journey.fence,
        undoing=commit.app.section.undoing,
    )
    keep_facts(release)
    await point_tags(parts, release.image_tag, built.images, commit.app)
    if journey.live:
        await point_tags(parts, ROLLBACK, journey.live.images, commit.app)
    await parts.store.runs.note(journey.run.id, journey.run.epoch, release=release.id)
    return Tagged(release_id=release.id, compose_hash=compose_hash)
