"""What switches production from one release to another: used on the way there and on the way back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

from pipeline.containers.compose import pin
from pipeline.containers.container import Container, by_service
from pipeline.containers.events import container_events
from pipeline.model.errors import StageFailed
from pipeline.model.release import Release
from pipeline.model.results import CheckLine, Smoked, Waited
from pipeline.process import CommandFailed, run, scratch
from pipeline.project.application import Application
from pipeline.smoke import SmokeConfig, Ways, smoke
from pipeline.stages.inside import ways
from pipeline.stages.journey import Hands
from pipeline.stages.live import containers, point_tags
from pipeline.stages.one_first import one_first
from pipeline.stages.resolved import read
from pipeline.wording.so_far import so_far

OF_THE_MACHINE = frozenset({"resources"})
"""Checks that no release can mend: on the way back they would turn a full disk into a second failure."""

IN_BETWEEN = "Production is between two releases; the previous one is being brought back."
_UP_SECONDS = 180.0
_LOOK_SECONDS = 2.0
_LOG_LINES = 30

Tell = Callable[[str], None]


async def stop(hands: Hands, tell: Tell, *, but: str | None = None) -> list[str]:
    """Stops every container of the group, each with its own signal and grace; names of the services.

    `but` is the id of one that goes on.
    """
    running = [c for c in await containers(hands) if c.running and c.id != but]
    tell(f"stopping {', '.join(c.service or c.name for c in running) or 'nothing: nothing runs'}")
    await asyncio.gather(*(hands.engine.stop(c.id) for c in running))
    return [c.service or c.name for c in running]


async def start(hands: Hands, release: Release, pinned: dict[str, str]) -> None:
    """Lets compose run the release's services from exactly the images of `pinned`. Raises StageFailed.

    The images get the release's tag again first, so that `docker ps` tells what runs.
    """
    app = await read(hands, release.kept_compose_file)
    tag = release.image_tag
    await point_tags(hands, tag, pinned, app)
    alone = len(app.services) == 1
    names = {s.name: f"{s.repository(hands.settings.docker_image_base, alone)}:{tag}" for s in app.services}
    with scratch() as folder:
        override = folder / "pins.json"
        override.write_text(pin({name: names[name] for name in pinned}))
        try:
            async with one_first(hands, release.kept_compose_file):
                await run(
                    hands.compose.up([release.kept_compose_file, override], app.names),
                    timeout=_UP_SECONDS,
                    redact=hands.redact,
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
    for container in await containers(hands):
        if container.service not in pinned:
            await hands.engine.remove(container.id)
        elif container.image != pinned[container.service]:
            raise StageFailed(
                f"{container.service} runs {container.image[7:19]}, not the image of the release.",
                production=IN_BETWEEN,
                advice="See whether something else re-creates containers of this project.",
            )


async def wait(hands: Hands, app: Application, tell: Tell) -> Waited:
    """Until every critical service is healthy, up to DEPLOYMENT_TIMEOUT. Raises StageFailed.

    A service is healthy when all its containers are: one without a health check when it has run for
    STARTUP_WAIT.
    """
    began, startup = hands.clock(), hands.settings.startup_wait
    critical = {service.name for service in app.services if service.critical}
    seconds: dict[str, float] = {}
    labels = [f"com.docker.compose.project={hands.compose.project}"]
    async with container_events(labels) as news:
        while True:
            now = hands.clock()  # before the look: what ended after it has not run until now
            spent = (now - began).total_seconds()
            found = by_service(await containers(hands))
            for name in app.names:
                if name not in seconds and _all_well(found.get(name, ()), now, startup):
                    seconds[name] = round(spent, 1)
            if dead := [c for name in sorted(critical) for c in found.get(name, ()) if is_dead(c)]:
                raise await _unwell(hands, dead[0], f"{dead[0].service} ended right after its start")
            waiting = [name for name in app.names if name not in seconds]
            if not waiting or not critical & set(waiting):
                return Waited(seconds=seconds, unwell=waiting)
            if spent >= hands.settings.deployment_timeout:
                what = f"{', '.join(sorted(critical & set(waiting)))} not healthy after {spent:.0f} s"
                here = found.get(min(critical & set(waiting)), ())
                first = next((c for c in here if not well(c, now, startup)), None)
                raise await _unwell(hands, first, what)
            far = f"{len(seconds)} of {len(app.names)} healthy"
            tell(so_far(far, f"waiting for {', '.join(waiting)}"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await news.wait()
            news.clear()


def every_one(failed: frozenset[str]) -> frozenset[str]:
    """Of the checks that failed, those that count."""
    return failed


async def check(
    hands: Hands,
    app: Application,
    tell: Tell,
    *,
    without: frozenset[str] = frozenset(),
    but: Callable[[frozenset[str]], frozenset[str]] = every_one,
) -> Smoked:
    """The checks but those `without`, repeated as the settings say. Raises StageFailed.

    `but` leaves of those that failed the ones that count.
    """
    found = await examine(hands, app, tell, without=without)
    counted = but(frozenset(check.name for check in found.checks if not check.ok))
    failed = [check for check in found.checks if check.name in counted and not check.ok]
    if failed:
        raise StageFailed(
            f"Smoke test failed after {found.attempts} rounds: {', '.join(c.name for c in failed)}.",
            production=IN_BETWEEN,
            advice="See what the checks found; mend it, push, and deploy again.",
            log="\n".join(map(told, failed)),
        )
    return found


def told(found: CheckLine) -> str:
    """A check with its figure and limit, which stand on a line of their own below a detail of several."""
    apart = "\n" if "\n" in found.detail else " "
    return f"{found.name}: {found.detail}{apart}Found: {found.figure}; allowed: {found.limit}."


async def examine(
    hands: Hands,
    app: Application,
    tell: Tell,
    *,
    without: frozenset[str] = frozenset(),
    by: Ways | None = None,
) -> Smoked:
    """The same without a judgement: what each check found, well or not. `by` is how it is asked, where that
    is not from here."""
    settings = hands.settings
    config = SmokeConfig(
        section=app.section.smoke,
        attempts=settings.smoke_attempts,
        delay=settings.smoke_delay,
        disk=settings.state_dir,
        without=without,
    )

    async def logs() -> list[str]:
        lines = [
            await hands.engine.logs(c.id, since=c.started_at) for c in await containers(hands) if c.running
        ]
        return [hands.redact(line) for part in lines for line in part]

    report = await smoke(
        config, settings.api_url, logs, by or ways(hands, app), sleep=hands.sleep, on_progress=tell
    )
    checks = [
        CheckLine(
            name=r.name,
            ok=r.ok,
            figure=hands.redact(r.figure),
            limit=r.limit,
            detail=hands.redact(r.detail),
            judged=r.judged,
        )
        for r in report.results
    ]
    return Smoked(checks=checks, attempts=report.attempts)


def _all_well(here: Sequence[Container], now: datetime, startup: float) -> bool:
    return bool(here) and all(well(container, now, startup) for container in here)


def well(container: Container, now: datetime, startup: float) -> bool:
    """Healthy, or without a health check up for `startup` seconds at `now`, from before it was looked at."""
    if not container.running:
        return False
    if container.health is not None:
        return container.health == "healthy"
    up = (now - container.started_at).total_seconds() if container.started_at else 0.0
    return up >= startup


def is_dead(container: Container) -> bool:
    """It ended with an error, or is started again and again."""
    return container.restarts > 2 or (not container.running and container.exit_code not in (None, 0))


async def _unwell(hands: Hands, container: Container | None, what: str) -> StageFailed:
    lines = await hands.engine.logs(container.id, tail=_LOG_LINES) if container else []
    return StageFailed(
        f"The release did not become healthy: {what}.",
        production=IN_BETWEEN,
        advice="See the container's last lines; mend it, push, and deploy again.",
        log=hands.redact("\n".join(lines)),
    )
