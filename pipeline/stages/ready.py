"""Check, on the road of a rollback drill: whether the way back can be tried here, and on which data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.containers.container import service_labels
from pipeline.containers.copies import memory_of
from pipeline.database.fitness import room
from pipeline.database.restore import server
from pipeline.model.errors import StageFailed
from pipeline.model.move import Move
from pipeline.model.release import Backup, Release
from pipeline.model.results import Checked
from pipeline.probe import memory_available
from pipeline.project.application import Application
from pipeline.project.copied import taken_along
from pipeline.project.rehearsal import obstacle
from pipeline.stages.check import read_manifest
from pipeline.stages.examine import look_at
from pipeline.stages.journey import Journey
from pipeline.stages.moved import Moved, look
from pipeline.stages.rehearse import Place, place_of_the_database
from pipeline.stages.resolved import read, resolve
from pipeline.wording.words import size

_SPARE_MEMORY = 256 * 1024 * 1024
"""Bytes that stay free beside the copy."""


@dataclass(frozen=True, kw_only=True)
class Staging:
    """All that is known before anything is made. `config` is the kept compose file of the release as
    resolved, `images` the ids of the services of the copy, `database` the services that are the live
    server."""

    goal: Release
    live: Release
    app: Application
    config: dict[str, Any]
    images: dict[str, str]
    database: list[str]
    place: Place
    moved: Moved

    @property
    def with_data(self) -> bool:
        """Whether only the data of then fits the release for certain."""
        return self.moved.move is Move.DATA


async def run(journey: Journey) -> Checked:
    """Nothing is started where it could not be carried to its end. Raises StageFailed, Unusable."""
    staging = await stage_of(journey)
    backup = await _backup(journey, staging)
    checked = await look_at(journey, backup)
    await _has_room(journey, staging, backup)
    return checked


async def stage_of(journey: Journey) -> Staging:
    """Raises StageFailed where the release cannot be tried on a copy here."""
    parts, goal, live = journey.parts, await journey.goal(), journey.live
    if live is None:
        raise cannot(goal, "nothing is live, so there is nothing to go back from", "Deploy first.")
    app = await read(parts, goal.kept_compose_file)
    config = await resolve(parts, [goal.kept_compose_file])
    if not app.section.database:
        raise cannot(goal, "the application says that it has no database (x-pipeline.database)", _NO_HELP)
    place = await place_of_the_database(parts)
    if place is None:
        raise cannot(goal, "the database does not run in a container here", _NO_HELP)
    database = [name for name in config["services"] if name in place.surroundings.names]
    services = taken_along(config, goal.images, database)
    for name in services:
        if why := obstacle(config, name, place.surroundings):
            raise cannot(goal, why, "Let it find its database by a name of its network.")
    return Staging(
        goal=goal,
        live=live,
        app=app,
        config=config,
        images={name: await _image(journey, goal, config, name) for name in services},
        database=database,
        place=place,
        moved=await look(journey, goal),
    )


def cannot(goal: Release, why: str, advice: str, log: str = "") -> StageFailed:
    """It says nothing about the way back."""
    return StageFailed(
        f"The way back to release {goal.id} ({goal.short_sha}) could not be tried: {why}.",
        advice=advice,
        log=log,
    )


_NO_HELP = "Nothing is to be mended: this is done only where the application's database runs in a container."


async def _image(journey: Journey, goal: Release, config: dict[str, Any], service: str) -> str:
    """Of the release, or, of what it depends on, the one that is there."""
    if service in goal.images:
        return goal.images[service]
    name = config["services"][service].get("image") or f"{journey.parts.compose.project}-{service}"
    found = await journey.parts.engine.image(name)
    if found is None:
        raise cannot(goal, f"the image {name} of {service}, which it depends on, is not here", "Pull it.")
    return found.id


async def _backup(journey: Journey, staging: Staging) -> Backup:
    releases, goal = journey.parts.store.releases, staging.goal
    if not staging.with_data:
        newest = await releases.newest_usable_backup(journey.project.id)
        if newest is None:
            raise cannot(goal, "there is no backup that can be used", "Make one: /backup.")
        return newest
    found = await releases.backup_of(goal)
    if found is None or found.quarantined_at is not None:
        now, then = staging.moved.now or "none", staging.moved.then or "not known"
        raise cannot(
            goal,
            f"the schema is at {now} and was at {then} then, which nothing declares harmless or undoes, so"
            " the way back needs the data of then, and no backup of it is kept",
            "Declare x-pipeline.migrate.harmless or .down in the next release; a rollback with the code only"
            " would be a risk now.",
        )
    return found


async def _has_room(journey: Journey, staging: Staging, backup: Backup) -> None:
    parts, place = journey.parts, staging.place
    manifest = read_manifest(backup)
    has = await server(parts.settings.journal, place.client)
    problems = room(manifest.bytes if manifest else 0, has.free, "the disk of the database server")
    problems += memory_problem(await _used(journey, staging), memory_available())
    if problems:
        raise cannot(staging.goal, "; ".join(problems), "Make room, then ask again: /drill rollback.")


async def _used(journey: Journey, staging: Staging) -> int:
    """Bytes that the services of the copy, and the database, use in production now."""
    parts, server = journey.parts, staging.place.client.server
    running = await parts.engine.containers(service_labels(parts.compose.project), everything=False)
    ids = {c.id for c in running if c.service in staging.images}
    return await memory_of(parts.engine, sorted(ids | ({server.id} if server else set())))


def memory_problem(used: int, available: int | None) -> list[str]:
    """Why there is too little memory for as much again; nothing where it is enough or cannot be told."""
    if available is None or available >= used + _SPARE_MEMORY:
        return []
    wanted = size(used + _SPARE_MEMORY)
    return [f"{size(available)} of memory are available and {wanted} are needed"]
