"""`logs`: what the application's containers write, and what a run wrote."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import click

from pipeline.cli.which import vnext
from pipeline.containers.container import Container
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.release import RunId
from pipeline.parts import equip
from pipeline.settings import WorkerSettings
from pipeline.stages.journey import Hands
from pipeline.stages.layout import Layout
from pipeline.stages.live import containers
from pipeline.wording.markup import clean_line


class NoLog(PipelineError):
    """There is nothing to show."""


async def show_logs(settings: WorkerSettings, service: str | None, lines: int, *, follow: bool) -> int:
    """Ctrl-C is how following ends. Raises ConfigurationError for a service that is not of the group, NoLog,
    EngineUnreachable."""
    try:
        async with equip(settings) as hands:
            chosen = _chosen(await containers(hands), service)
            await asyncio.gather(
                *(_show(hands, c, lines, _printer(hands, c, chosen), follow=follow) for c in chosen)
            )
    except asyncio.CancelledError:
        if not follow:
            raise
    return 0


async def _show(
    hands: Hands, container: Container, lines: int, tell: Callable[[str], None], *, follow: bool
) -> None:
    if not follow:
        for line in await hands.engine.logs(container.id, tail=lines):
            tell(line)
        return
    await hands.engine.follow(container.id, tell, tail=lines)
    tell("(the container has ended)")


def _printer(hands: Hands, container: Container, chosen: list[Container]) -> Callable[[str], None]:
    name = f"{container.service or container.name} | " if len(chosen) > 1 else ""

    def tell(line: str) -> None:
        click.echo(f"{name}{clean_line(hands.redact(line))}")

    return tell


def _chosen(found: list[Container], service: str | None) -> list[Container]:
    if not found:
        raise NoLog("The group has no container here.", advice=f"See {vnext('status')}, then deploy.")
    if service is None:
        return found
    chosen = [container for container in found if service in (container.service, container.label)]
    if not chosen:
        names = ", ".join(sorted(container.service or container.name for container in found))
        raise ConfigurationError("SERVICE", repr(service[:100]), names)
    return chosen


async def show_log_of_run(settings: WorkerSettings, number: int, lines: int) -> None:
    """Raises NoLog."""
    path = Layout(settings.state_dir.absolute(), settings.project_name).reports(RunId(number)) / "run.log"
    try:
        with path.open(errors="replace") as file:
            for line in deque(file, maxlen=lines):
                click.echo(clean_line(line))
    except OSError as error:
        raise NoLog(
            f"The log of run {number} cannot be read: {error.strerror}.",
            advice="See vnext history for the runs there are; old logs are removed.",
        ) from error
