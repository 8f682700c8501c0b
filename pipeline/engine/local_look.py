"""What a rollback without the journal would do: the release is chosen by image tags and files on disk."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.containers.engine import Container
from pipeline.engine.local_file import LocalRun
from pipeline.engine.local_pair import WARNING as PAIR
from pipeline.engine.local_pair import shared_schema
from pipeline.model.errors import PipelineError
from pipeline.model.release import ProjectId, Release
from pipeline.of_project import CONTROLLER
from pipeline.project.application import Application
from pipeline.stages import kept
from pipeline.stages.journey import Hands
from pipeline.stages.kept import NO_ID, NoSuchRelease
from pipeline.stages.live import (
    BRANCH,
    ROLLBACK,
    commit_of,
    containers,
    keep_compose_file,
    labels_of,
)
from pipeline.stages.resolved import installed_compose_file, pinned_hash, read
from pipeline.stages.revision import revision_at_the_gate
from pipeline.store.connect import LOST, Address, JournalUnreachable, connect

_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`before` is what the services' containers are of, running or not; `goes_on` an earlier rollback of
    this kind to the same release that has no end yet."""

    goal: Release
    before: Release | None
    running: bool
    services: list[str]
    schema: str
    warnings: list[str] = field(default_factory=list)
    goes_on: LocalRun | None = None

    @property
    def essence(self) -> tuple[object, ...]:
        """What a person said yes to."""
        before = self.before.images if self.before else None
        return self.goal.images, self.goal.compose_file, before, self.goes_on.key if self.goes_on else None


async def look(
    hands: Hands, target: str | None, unfinished: LocalRun | None, *, running: bool | None = None
) -> Outlook:
    """Raises NoSuchRelease, and PipelineError where that release cannot come back or serves already.

    `running` tells whether all ran, where they were stopped since for the rollback's sake.
    """
    releases = kept.kept(hands.layout.releases)
    found = [c for c in await containers(hands) if c.service]
    serving = {c.service: c.image for c in found if c.service}
    if running is None:
        running = bool(found) and all(c.running for c in found)
    goal = await _goal(hands, target, unfinished, releases, serving, running=running)
    goes_on = unfinished if unfinished and unfinished.began.goal.compose_file == goal.compose_file else None
    if goes_on:
        goal, before = goes_on.began.goal, goes_on.began.before
    else:
        before = await _known(hands, releases, serving) if serving else None
        before = before or (unfinished.began.before if unfinished else None)
    if goal.images == serving and running and not goes_on and _same_file(goal, before):
        raise PipelineError(
            f"{kept.named(goal)} serves already.",
            advice="Nothing needs to be done; to go further back, name another release. "
            + _others(releases, goal),
        )
    await _images_are_there(hands, goal, releases)
    app = await read(hands, goal.kept_compose_file)
    return Outlook(
        goal=goal,
        before=before,
        running=running,
        services=[service.label for service in app.services],
        schema=await _schema(hands, app, goal, before),
        warnings=[*_of_itself(hands), *_warnings(goal, before, app)],
        goes_on=goes_on,
    )


async def serves(hands: Hands, release: Release) -> bool:
    """Whether exactly its images run, all of them."""
    found = [c for c in await containers(hands) if c.service]
    return {c.service: c.image for c in found} == release.images and all(c.running for c in found)


def foreign(serving: Sequence[Container], run: LocalRun) -> list[str]:
    """Services that run images of neither of the two releases: somebody else changed production."""
    known = [run.began.goal.images, run.began.before.images if run.began.before else {}]
    return sorted(
        c.service
        for c in serving
        if c.service and c.running and all(images.get(c.service) != c.image for images in known)
    )


async def keep_both(hands: Hands, outlook: Outlook) -> tuple[Release, Release | None]:
    """Goal and way back, each with its own copy of its compose file. Raises OSError."""
    before = await _keep(hands, outlook.before) if outlook.before else None
    return await _keep(hands, outlook.goal), before


async def answers(address: Address) -> bool:
    """Whether PostgreSQL is there; one that is there and refuses us is there."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            connection = await connect(address)
    except JournalUnreachable as error:
        return not isinstance(error.__cause__, LOST)
    except TimeoutError:
        return False
    connection.terminate()
    return True


async def _goal(
    hands: Hands,
    target: str | None,
    unfinished: LocalRun | None,
    releases: Sequence[Release],
    serving: Mapping[str, str],
    *,
    running: bool,
) -> Release:
    if target is not None:
        return kept.wanted(releases, target)
    if unfinished is not None:
        return unfinished.began.goal
    app = await read(hands, installed_compose_file(hands))
    tagged = await _tagged(hands, app)
    if tagged.keys() == set(app.names) and tagged != serving and not kept.with_images(releases, tagged):
        return await _of_images(hands, tagged)
    release = kept.previous(releases, serving, tagged, running=running)
    if release is None:
        raise NoSuchRelease(
            "There is no previous release: no image is tagged :rollback for each service, and no kept release"
            " served before.",
            releases,
        )
    return release


async def _tagged(hands: Hands, app: Application) -> dict[str, str]:
    alone = len(app.services) == 1
    found = {}
    for service in app.services:
        repository = service.repository(hands.settings.docker_image_base, alone)
        if image := await hands.engine.image(f"{repository}:{ROLLBACK}"):
            found[service.name] = image.id
    return found


async def _known(hands: Hands, releases: Sequence[Release], images: Mapping[str, str]) -> Release:
    return kept.with_images(releases, images) or await _of_images(hands, images)


async def _of_images(hands: Hands, images: Mapping[str, str]) -> Release:
    """Images that no release on disk has, with the compose file of the installation."""
    labels = await labels_of(hands, images)
    return Release(
        id=NO_ID,
        project_id=ProjectId(0),
        run_id=None,
        sha=commit_of(labels),
        branch=labels.get(BRANCH),
        images=dict(images),
        compose_file=str(installed_compose_file(hands)),
        compose_hash="",
        schema_revision=None,
        backup_id=None,
        created_at=hands.clock(),
        live_since=None,
    )


async def _keep(hands: Hands, release: Release) -> Release:
    if release.kept_compose_file.is_relative_to(hands.layout.releases):
        return release
    digest = hashlib.sha256("".join(sorted(release.images.values())).encode()).hexdigest()
    copy = keep_compose_file(hands, f"local-{digest[:12]}", release.kept_compose_file)
    compose_hash = await pinned_hash(hands, copy, release.images)
    release = replace(release, compose_file=str(copy), compose_hash=compose_hash)
    kept.keep(release)
    return release


async def _images_are_there(hands: Hands, goal: Release, releases: Sequence[Release]) -> None:
    gone = [name for name, image in sorted(goal.images.items()) if await hands.engine.image(image) is None]
    if gone:
        raise PipelineError(
            f"{kept.named(goal)} cannot come back: the image of {', '.join(gone)} is gone.",
            advice="Name another release, or deploy that commit again to build it anew. "
            + _others(releases, goal),
        )


async def _schema(hands: Hands, app: Application, goal: Release, before: Release | None) -> str:
    if hands.settings.project_name == CONTROLLER:
        return await shared_schema(hands, goal)
    if not app.section.database:
        return "The application has no database (x-pipeline.database)."
    if not await answers(hands.settings.application):
        return (
            "PostgreSQL does not answer, so it is not known which schema the data has."
            " Only the code goes back, the data stays."
        )
    try:
        now, unknown = await revision_at_the_gate(hands, app, before or goal)
    except PipelineError as error:
        return f"Not known: {error.what} Only the code goes back, the data stays."
    if unknown:
        return f"Not known: {unknown[0]} Only the code goes back, the data stays."
    if now is not None and now == goal.schema_revision:
        return f"The data is at {now}, as that release left it."
    return (
        f"It is at {now or 'an unknown revision'} now and was at {goal.schema_revision or 'an unknown one'}"
        " then: only the code goes back, the data stays."
    )


def _of_itself(hands: Hands) -> list[str]:
    return [PAIR] if hands.settings.project_name == CONTROLLER else []


def _warnings(goal: Release, before: Release | None, app: Application) -> list[str]:
    found = []
    if before is None:
        found.append("Nothing runs now: if this fails, there is no release to come back to.")
    if goal.live_since is None:
        found.append("It is not recorded that this release ever served; its migrations may not have run.")
    staying = [service.label for service in app.services if not service.rollback_enabled]
    if staying:
        found.append(f"Not brought back if this fails (deployment.rollback-enabled): {', '.join(staying)}.")
    return found


def _same_file(goal: Release, before: Release | None) -> bool:
    return before is not None and (
        goal.compose_file == before.compose_file
        or goal.kept_compose_file.read_bytes() == before.kept_compose_file.read_bytes()
    )


def _others(releases: Sequence[Release], but: Release) -> str:
    others = [kept.named(r) for r in kept.newest_first(releases) if r.images != but.images]
    return f"Kept here are also: {'; '.join(others[:5])}." if others else "No other release is kept here."
