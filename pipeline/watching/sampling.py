"""What the watchers look at: Docker, API_URL, the host and the journal. Each look has its time-out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.containers.container import Container
from pipeline.containers.daemon import last_words, root_directory
from pipeline.containers.engine import EngineRefused, EngineUnreachable
from pipeline.containers.events import Happened
from pipeline.engine.lockfile import holder
from pipeline.model.checks import CHECKS
from pipeline.model.errors import PipelineError
from pipeline.model.json_path import at
from pipeline.model.release import Project, Release
from pipeline.probe import Answer, Certificate, Unreachable, certificate, measure
from pipeline.probe.host import room
from pipeline.project.application import Application
from pipeline.smoke import CheckResult, SmokeConfig, Ways, smoke
from pipeline.stages.inside import ways
from pipeline.stages.journey import Parts
from pipeline.stages.live import containers
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.store.watching import BackupsKept
from pipeline.watching.endpoint import Answered, Asked
from pipeline.watching.host import Disk, Host
from pipeline.watching.production import Look

LOOK_SECONDS = 20.0
ASK_SECONDS = 5.0
WORDS_SECONDS = 5.0

_LINES = 12
_SERVICES = 5
_KNOWN_MOST = 100
_BY_HAND = "rollback"
_HALF_WELL = {"degraded", "warn", "warning", "partial", "impaired"}
_IN_A_CONTAINER = Path("/.dockerenv")


class Sampler:
    def __init__(self, parts: Parts, project: Project) -> None:
        self._parts = parts
        self._project = project
        self._live: Release | None = None
        self._words: dict[tuple[str, datetime | None], list[str]] = {}
        self._root: str | None = None

    async def switching(self) -> bool:
        """Whether a run has production in its hands: then what ends there is expected."""
        parts = self._parts
        run = await parts.store.runs.active(self._project.id)
        if run is not None and run.switching_at is not None:
            return True
        acts = await asyncio.to_thread(holder, parts.layout.locks, self._project.name)
        return acts.name.startswith(_BY_HAND)

    async def live(self) -> Release | None:
        project = await self._parts.store.releases.project_by_id(self._project.id)
        number = project.live_release_id
        if number is None:
            return None
        if self._live is None or self._live.id != number:
            self._live = await self._parts.store.releases.get(number)
        return self._live

    async def production(self, live: Release | None, happened: Sequence[Happened]) -> Look:
        """Raises EngineUnreachable, EngineRefused, TimeoutError."""
        async with asyncio.timeout(LOOK_SECONDS):
            found = await containers(self._parts)
            return Look(
                containers=found,
                services=await self._services(live),
                happened=happened,
                last_words=await self._last_words(found, happened),
            )

    async def _services(self, live: Release | None) -> Mapping[str, bool]:
        if live is None:
            return {}
        try:
            application = await read(self._parts, live.kept_compose_file)
        except PipelineError:  # its file is gone; that its services are to run is known all the same
            return dict.fromkeys(live.images, True)
        return {service.name: service.critical for service in application.services}

    async def _last_words(
        self, found: Sequence[Container], happened: Sequence[Happened]
    ) -> Mapping[str, list[str]]:
        """Of what died, and of what is not well; read once for each end of a container."""
        ended = {event.container: event.at for event in happened if event.action == "die"}
        said: dict[str, list[str]] = {}
        for one in found:
            ill = not one.running or one.health == "unhealthy"
            if one.service is None or len(said) >= _SERVICES or not (ill or one.id in ended):
                continue
            until = ended.get(one.id) or (None if one.running else one.finished_at)
            key = (one.id, until)
            if key not in self._words:
                if len(self._words) >= _KNOWN_MOST:
                    self._words.clear()
                self._words[key] = await self._words_of(one, until)
            said.setdefault(one.service, self._words[key])
        return said

    async def _words_of(self, container: Container, until: datetime | None) -> list[str]:
        try:
            async with asyncio.timeout(WORDS_SECONDS):
                return await last_words(self._parts.engine, container.id, until, _LINES, self._parts.redact)
        except (EngineRefused, TimeoutError):  # a log driver that hands nothing out
            return []

    async def application(self, live: Release | None) -> Application:
        """Raises ConfigurationError."""
        return await read(
            self._parts, live.kept_compose_file if live else installed_compose_file(self._parts)
        )

    async def endpoint(self, live: Release | None) -> Asked | None:
        """As the smoke test asks for the health; of an application that leaves that out, its own checks. None
        where it has neither. Raises ConfigurationError."""
        parts, application = self._parts, await self.application(live)
        section = application.section.smoke
        by_health = "health" not in section.skip
        if by_health:
            section = section.model_copy(update={"checks": ()})
        elif not section.checks:
            return None
        outside, answers = ways(parts, application), []

        async def get(url: str, seconds: float) -> Answer | Unreachable:
            answer = await outside.get(url, seconds)
            answers.append(answer)
            return answer

        report = await smoke(
            SmokeConfig(
                section=section,
                attempts=1,
                timeout=ASK_SECONDS,
                disk=parts.settings.state_dir,
                without=frozenset(CHECKS) - {"health"},
            ),
            parts.settings.api_url,
            _no_logs,
            Ways(get=get, connect=outside.connect, execute=outside.execute),
        )
        wanted = section.endpoint("health")
        asked = judged(
            report.failed,
            answers[-1] if by_health and answers else None,
            place=(wanted.at if wanted else None) or "status",
            within_ms=wanted.within_ms if wanted else None,
        )
        return Asked(answered=asked.answered, problem=parts.redact(asked.problem))

    async def certificate(self) -> Certificate | Unreachable | None:
        """That of API_URL; None without TLS."""
        url = urlsplit(self._parts.settings.api_url)
        if url.scheme != "https" or url.hostname is None:
            return None
        return await certificate(url.hostname, url.port or 443, timeout=ASK_SECONDS)

    async def host(self) -> Host:
        """Disks of one file system count once, under the first of their names."""
        layout = self._parts.layout
        places = [("state", "STATE_DIR", layout.state_dir), ("backups", "the backups", layout.backups)]
        if (root := await self._docker_root()) is not None:
            places.append(("docker", "Docker", root))
        found = await asyncio.to_thread(_disks, places)
        memory = await asyncio.to_thread(measure, layout.state_dir)
        return Host(disks=found, memory=memory.memory_available_ratio)

    async def _docker_root(self) -> Path | None:
        """In a container Docker's folder is not seen, but the container's own root lies in it."""
        if _IN_A_CONTAINER.exists():
            return Path("/")
        if self._root is None:
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    self._root = await root_directory(self._parts.engine)
            except (EngineUnreachable, EngineRefused, TimeoutError):
                return None
        return Path(self._root)

    async def backups(self) -> BackupsKept:
        """Of an application without a database, as of one without backups."""
        if not (await self.application(await self.live())).section.database:
            return BackupsKept(first_at=None, good_at=None, proven_at=None)
        return await self._parts.store.watching.backups(self._project.id)

    async def previous(self) -> Release | None:
        number = (await self._parts.store.releases.project_by_id(self._project.id)).previous_release_id
        return await self._parts.store.releases.get(number) if number else None

    async def missing_images(self, release: Release) -> list[str]:
        """The services whose image is gone. Raises EngineUnreachable, EngineRefused, TimeoutError."""
        async with asyncio.timeout(LOOK_SECONDS):
            return [
                service
                for service, image in sorted(release.images.items())
                if await self._parts.engine.image(image) is None
            ]


def judged(
    failed: Sequence[CheckResult],
    answer: Answer | Unreachable | None,
    *,
    place: str = "status",
    within_ms: int | None = None,
) -> Asked:
    """`answer` is that of the health check, None where the project's own checks were made; `place` is where
    in its JSON it says how it is."""
    if not failed:
        return Asked(answered=Answered.WELL)
    problem = " ".join(one.detail for one in failed)
    if isinstance(answer, Answer) and answer.status < 400:
        says = at(answer.json, place)
        late = within_ms is not None and answer.milliseconds > within_ms
        if late or (isinstance(says, str) and says.lower() in _HALF_WELL):
            return Asked(answered=Answered.DEGRADED, problem=problem)
    return Asked(answered=Answered.FAILING, problem=problem)


def _disks(places: Sequence[tuple[str, str, Path]]) -> list[Disk]:
    names: dict[object, list[str]] = {}
    disks: dict[object, Disk] = {}
    for name, what, path in places:
        found = room(path)
        if found is None:
            continue
        names.setdefault(found.system, []).append(what)
        holds = " and ".join(", ".join(names[found.system]).rsplit(", ", 1))
        first = disks[found.system].name if found.system in disks else name
        disks[found.system] = Disk(
            name=first, holds=holds, free=found.free_ratio, free_bytes=found.free_bytes
        )
    return list(disks.values())


async def _no_logs() -> list[str]:
    return []
