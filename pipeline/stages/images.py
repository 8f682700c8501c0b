"""Builds images of an exported commit, with progress told by step."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.containers import build as commands
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, Image
from pipeline.model.errors import StageFailed
from pipeline.model.results import Pulled
from pipeline.model.states import StageName
from pipeline.process import CommandTimedOut, run
from pipeline.project.application import Application, Service, context_in
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import commits_compose_file, read

_LOG_LINES = 30


@dataclass(frozen=True)
class Checkout:
    """The pulled commit on disk; `own` tells whether it brought `compose_file` itself."""

    app: Application
    source: Path
    compose_file: Path
    own: bool


async def checkout(journey: Journey) -> Checkout:
    """Raises ConfigurationError where the compose file cannot be used."""
    source = Path(journey.result(StageName.PULL, Pulled).source)
    compose_file, own = commits_compose_file(journey.parts, source)
    return Checkout(await read(journey.parts, compose_file), source, compose_file, own)


def of_run(journey: Journey) -> dict[str, str]:
    """Labels by which everything that a run builds is found again."""
    return {RUN_LABEL: str(journey.run.id), PROJECT_LABEL: journey.parts.compose.project}


async def build_image(
    journey: Journey,
    service: Service,
    commit: Checkout,
    *,
    target: str | None,
    labels: Mapping[str, str],
) -> Image:
    """The image of a service at the pulled commit. Raises StageFailed with the builder's last lines."""
    parts = journey.parts
    if service.build is None:
        raise ValueError(f"{service.name} has nothing to build")
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        if line.strip():
            last.append(line)
        if step := commands.step(line):
            journey.tell(step)

    with tempfile.TemporaryDirectory(prefix="vnext-") as scratch:
        id_file = Path(scratch) / "image-id"
        command = commands.build(
            context_in(
                commit.source,
                service.build,
                parts.compose.directory,
                commit.compose_file if commit.own else None,
            ),
            dockerfile=service.build.dockerfile,
            target=target,
            args=service.build.args,
            labels=labels,
            image_id_file=id_file,
        )
        try:
            finished = await run(
                command, timeout=parts.settings.build_timeout, on_line=on_line, redact=parts.redact
            )
        except CommandTimedOut as error:
            raise StageFailed(
                error.what, advice="Raise BUILD_TIMEOUT or look into the step that hangs."
            ) from error
        if finished.exit_code != 0:
            raise StageFailed(
                f"The image of {service.name} could not be built (exit code {finished.exit_code}).",
                advice="Mend what the last lines name, push, and deploy again.",
                log="\n".join(last),
            )
        image = await parts.engine.image(id_file.read_text().strip())
    if image is None:
        raise StageFailed(
            f"The image of {service.name} was built but is gone.",
            advice="Deploy again; see that nothing prunes.",
        )
    return image
