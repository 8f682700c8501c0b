"""What switches production from one release to another: used on the way there and on the way back."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipeline.containers.compose import pin
from pipeline.containers.engine import Container
from pipeline.containers.events import container_events
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import CheckLine, Smoked, Waited
from pipeline.process import CommandFailed, run
from pipeline.project.application import Application
from pipeline.smoke import SmokeConfig, smoke
from pipeline.stages.journey import Parts
from pipeline.stages.live import containers, point_tags
from pipeline.stages.resolved import read

IN_BETWEEN = "Production is between two releases; the previous one is being brought back."
_UP_SECONDS = 180.0
_LOOK_SECONDS = 2.0
_LOG_LINES = 30

Tell = Callable[[str], None]


async def stop(parts: Parts, tell: Tell) -> list[str]:
    """Stops every container of the group, each with its own signal and grace; names of the services."""
    running = [c for c in await containers(parts) if c.running]
    tell(f"stopping {', '.join(c.service or c.name for c in running) or 'nothing: nothing runs'}")
    await asyncio.gather(*(parts.engine.stop(c.id) for c in running))
    return [c.service or c.name for c in running]


async def start(parts: Parts, release: Release, pinned: dict[str, str]) -> None:
    """Lets compose run the release's services from exactly the images of `pinned`. Raises StageFailed.

    The images get the release's tag again first, so that `docker ps` tells what runs.
    """
    app = await read(parts, release.kept_compose_file)
    tag = release.image_tag
    await point_tags(parts, tag, pinned, app)
    alone = len(app.services) == 1
    names = {s.name: f"{s.repository(parts.settings.docker_image_base, alone)}:{tag}" for s in app.services}
    with tempfile.TemporaryDirectory(prefix="vnext-") as scratch:
        override = Path(scratch) / "pins.json"
        override.write_text(pin({name: names[name] for name in pinned}))
        try:
            await run(
                parts.compose.up([release.kept_compose_file, override], app.names),
                timeout=_UP_SECONDS,
                redact=parts.redact,
                check=True,
                production=IN_BETWEEN,
            )
        except CommandFailed as error:
            raise StageFailed(
                "Compose could not start the release.",
                production=IN_BETWEEN,
                advice=error.advice,
                log=error.what,
            ) from error
    for container in await containers(parts):
        if container.service not in pinned:
            await parts.engine.remove(container.id)
        elif container.image != pinned[container.service]:
            raise StageFailed(
                f"{container.service} runs {container.image[7:19]}, not the image of the release.",
                production=IN_BETWEEN,
                advice="See whether something else re-creates containers of this project.",
            )


async def wait(parts: Parts, app: Application, tell: Tell) -> Waited:
    """Until every critical service is healthy, up to DEPLOYMENT_TIMEOUT. Raises StageFailed.

    A service without a health check counts as healthy when it has run for STARTUP_WAIT.
    """
    began = parts.clock()
    critical = {service.name for service in app.services if service.critical}
    seconds: dict[str, float] = {}
    labels = [f"com.docker.compose.project={parts.compose.project}"]
    async with container_events(labels) as news:
        while True:
            found = {c.service: c for c in await containers(parts) if c.service}
            spent = (parts.clock() - began).total_seconds()
            for name in app.names:
                if name in found and name not in seconds and _well(parts, found[name]):
                    seconds[name] = round(spent, 1)
            if dead := [name for name in sorted(critical) if name in found and _dead(found[name])]:
                raise await _unwell(parts, found[dead[0]], f"{dead[0]} ended right after its start")
            waiting = [name for name in app.names if name not in seconds]
            if not waiting or not critical & set(waiting):
                return Waited(seconds=seconds, unwell=waiting)
            if spent >= parts.settings.deployment_timeout:
                what = f"{', '.join(sorted(critical & set(waiting)))} not healthy after {spent:.0f} s"
                first = found.get(min(critical & set(waiting)))
                raise await _unwell(parts, first, what)
            tell(f"waiting for {', '.join(waiting)}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await news.wait()
            news.clear()


async def check(parts: Parts, app: Application, tell: Tell) -> Smoked:
    """The eight checks, repeated as the settings say. Raises StageFailed."""
    section, settings = app.section.smoke, parts.settings
    config = SmokeConfig(
        health=section.health,
        stats=section.stats,
        attempts=settings.smoke_attempts,
        delay=settings.smoke_delay,
        skip=frozenset(section.skip),
        disk=settings.state_dir,
    )

    async def logs() -> list[str]:
        lines = [
            await parts.engine.logs(c.id, since=c.started_at) for c in await containers(parts) if c.running
        ]
        return [line for part in lines for line in part]

    report = await smoke(config, settings.api_url, logs, sleep=parts.sleep, on_progress=tell)
    checks = [
        CheckLine(
            name=r.name,
            ok=r.ok,
            figure=parts.redact(r.figure),
            limit=r.limit,
            detail=parts.redact(r.detail),
        )
        for r in report.results
    ]
    if not report.ok:
        failed = [c for c in checks if not c.ok]
        raise StageFailed(
            f"Smoke test failed after {report.attempts} rounds: {', '.join(c.name for c in failed)}.",
            production=IN_BETWEEN,
            advice="See what the checks found; mend it, push, and deploy again.",
            log="\n".join(f"{c.name}: {c.detail}" for c in failed),
        )
    return Smoked(checks=checks, attempts=report.attempts)


def _well(parts: Parts, container: Container) -> bool:
    if not container.running:
        return False
    if container.health is not None:
        return container.health == "healthy"
    up = (parts.clock() - container.started_at).total_seconds() if container.started_at else 0.0
    return up >= parts.settings.startup_wait


def _dead(container: Container) -> bool:
    return container.restarts > 2 or (not container.running and container.exit_code not in (None, 0))


async def _unwell(parts: Parts, container: Container | None, what: str) -> StageFailed:
    lines = await parts.engine.logs(container.id, tail=_LOG_LINES) if container else []
    return StageFailed(
        f"The release did not become healthy: {what}.",
        production=IN_BETWEEN,
        advice="See the container's last lines; mend it, push, and deploy again.",
        log=parts.redact("\n".join(lines)),
    )
