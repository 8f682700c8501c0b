"""What serves now: looked at, and recorded as a release where the journal knows it not."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import structlog

from pipeline.containers.container import service_labels
from pipeline.containers.engine import Container
from pipeline.model.release import Project, ProjectId, Release
from pipeline.model.run import Run
from pipeline.project.application import Application
from pipeline.stages import kept
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.of_itself import is_itself, known_by_this_code
from pipeline.stages.resolved import installed_compose_file, pinned_hash, read
from pipeline.stages.revision import Asked, revision_if_told
from pipeline.version import UNKNOWN

REVISION = "org.opencontainers.image.revision"
BRANCH = "deployment.branch"
ROLLBACK = "rollback"  # the tag of the release to go back to
LIVE = "live"  # the tag that the compose file itself names

log = structlog.get_logger()


def labels(hands: Hands) -> list[str]:
    """Those of the containers of the services that runs switch."""
    return [*service_labels(hands.compose.project), f"deployment.group={hands.settings.deployment_group}"]


async def containers(hands: Hands) -> list[Container]:
    """The containers of the services that runs switch, stopped ones too."""
    return await hands.engine.containers(labels(hands))


async def images(hands: Hands) -> dict[str, str]:
    """Image ids by service as the containers of the group have them, running or not."""
    return {c.service: c.image for c in await containers(hands) if c.service}


async def adopt(parts: Parts, project: Project, run: Run) -> Release | None:
    """The live release, such that it is what really serves.

    Production that was changed by other hands, or that runs before the first deploy, is recorded as a
    release of its own and becomes the live one. None where nothing of the group runs yet.
    """
    known = await parts.store.releases.get(project.live_release_id) if project.live_release_id else None
    serving = await images(parts)
    if not serving:
        return known
    if known and known.images == serving:
        return known
    compose_file = installed_compose_file(parts)
    application = await read(parts, compose_file)
    copy = keep_compose_file(
        parts, "adopted-" + "-".join(i[7:15] for _, i in sorted(serving.items())), compose_file
    )
    labels = await labels_of(parts, serving)
    release = await parts.store.releases.add(
        project.id,
        run=None,
        sha=commit_of(labels),
        branch=labels.get(BRANCH),
        images=serving,
        compose_file=str(copy),
        compose_hash=await pinned_hash(parts, copy, serving),
        schema_revision=known_by_this_code()
        if is_itself(parts)
        else await revision_if_told(
            parts, Asked(app=application, compose_file=copy, images=serving), run=run.id
        ),
        backup=None,
        fence=(run.id, run.epoch),
        undoing=application.section.undoing,
    )
    keep_facts(release)
    await point_tags(parts, release.image_tag, serving, application)
    await parts.store.releases.make_live(project.id, release.id, None, fence=(run.id, run.epoch))
    return release


def keep_compose_file(hands: Hands, name: str, compose_file: Path) -> Path:
    """A copy of the compose file for the way back, under the release's name."""
    directory = hands.layout.release(name)
    directory.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(compose_file, directory / "compose.yml"))


def keep_facts(release: Release) -> None:
    """The release's facts beside its compose file, for a way back without the journal."""
    kept.keep(release)


async def point_tags(hands: Hands, tag: str, goal: Mapping[str, str], application: Application) -> None:
    """Lets `<repository>:<tag>` name the image of each service, so that it is never pruned as nameless."""
    alone = len(application.services) == 1
    for service in application.services:
        if service.name in goal:
            repository = service.repository(hands.settings.docker_image_base, alone)
            await hands.engine.tag(goal[service.name], repository, tag)


async def settle_tags(parts: Parts, project: ProjectId) -> None:
    """`:live` and `:rollback` name the live and the previous release again, however a run ended."""
    row = await parts.store.releases.project_by_id(project)
    for tag, wanted in ((LIVE, row.live_release_id), (ROLLBACK, row.previous_release_id)):
        release = await parts.store.releases.get(wanted) if wanted else None
        if release:
            there = {k: v for k, v in release.images.items() if await parts.engine.image(v)}
            await point_tags(parts, tag, there, await read(parts, release.kept_compose_file))
            try:
                keep_facts(release)
            except OSError as error:  # a full disk does not keep a run from its end
                log.warning("release_facts_not_kept", release=release.id, problem=str(error))


async def labels_of(hands: Hands, serving: Mapping[str, str]) -> Mapping[str, str]:
    """The labels of the first image that tells its commit."""
    for image in serving.values():
        found = await hands.engine.image(image)
        if found and REVISION in found.labels:
            return found.labels
    return {}


def commit_of(labels: Mapping[str, str]) -> str | None:
    """The commit that an image names; None where whoever built it did not know it."""
    found = labels.get(REVISION)
    return None if found in ("", UNKNOWN) else found
