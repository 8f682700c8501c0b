"""Builds images of an exported commit, with progress told by step."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.containers.build import Builder, arguments, build, label, needs_buildkit
from pipeline.containers.build_progress import Progress
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, Image
from pipeline.model.errors import StageFailed
from pipeline.model.results import Pulled
from pipeline.model.states import StageName
from pipeline.of_project import CONTROLLER
from pipeline.process import CommandTimedOut, run, scratch
from pipeline.project.application import Application, Build, Service, context_in
from pipeline.redact import redactor
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import commits_compose_file, read
from pipeline.stages.secrets import secrets_of
from pipeline.wording.so_far import so_far

_LOG_LINES = 30
_REVISION = "REVISION"


@dataclass(frozen=True)
class Checkout:
    """The pulled commit on disk; `own` tells whether it brought `compose_file` itself."""

    app: Application
    source: Path
    compose_file: Path
    own: bool


@dataclass(frozen=True)
class BuiltImage:
    """`steps` are those that make a layer, `cached` how many of them were there already."""

    image: Image
    steps: int
    cached: int


async def checkout(journey: Journey) -> Checkout:
    """Raises ConfigurationError where the compose file cannot be used."""
    source = Path(journey.result(StageName.PULL, Pulled).source)
    compose_file, own = commits_compose_file(journey.parts, source)
    return Checkout(await read(journey.parts, compose_file), source, compose_file, own)


def of_run(journey: Journey) -> dict[str, str]:
    """Labels by which everything that a run builds is found again."""
    return {RUN_LABEL: str(journey.run.id), PROJECT_LABEL: journey.parts.compose.project}


def context(journey: Journey, build: Build, commit: Checkout) -> Path:
    """Where the image is built from. Raises ConfigurationError."""
    own = commit.compose_file if commit.own else None
    return context_in(commit.source, build, journey.parts.compose.directory, own)


async def build_image(
    journey: Journey,
    service: Service,
    commit: Checkout,
    *,
    target: str | None,
    labels: Mapping[str, str],
) -> BuiltImage:
    """The image of a service at the pulled commit. Raises StageFailed with the builder's last lines."""
    parts = journey.parts
    if service.build is None:
        raise ValueError(f"{service.name} has nothing to build")
    place = context(journey, service.build, commit)
    builder = await parts.builders.find()
    _can_build(builder, service.name, service.build, place)
    journey.log(f"building {service.name} with {builder}")
    secrets = secrets_of(parts, service.build)
    lines = [line.strip() for secret in secrets for line in secret.value.splitlines()]
    args = {**service.build.args, **_told(journey, service.build, place)}
    hidden = redactor([*service.build.args.values(), *lines])
    progress = Progress()
    last: deque[str] = deque(maxlen=_LOG_LINES)

    def on_line(line: str) -> None:
        if line.strip():
            last.append(line)
            journey.log(line)
        if at_work := progress.take(line):
            journey.show(so_far(progress.far, at_work))

    with scratch() as folder:
        id_file = folder / "image-id"
        command = build(
            place,
            builder=builder,
            dockerfile=service.build.dockerfile,
            target=target,
            args=args,
            secrets=secrets,
            labels=labels,
            image_id_file=id_file,
        )
        try:
            async with parts.builders.turn(builder):
                finished = await run(
                    command,
                    timeout=parts.settings.build_timeout,
                    on_line=on_line,
                    redact=lambda line: hidden(parts.redact(line)),
                )
                if finished.exit_code == 0 and builder is Builder.CLASSIC and labels:
                    built = id_file.read_text().strip()
                    finished = await run(
                        label(built, labels, id_file),
                        timeout=parts.settings.build_timeout,
                        on_line=last.append,
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
    return BuiltImage(image, progress.steps, progress.cached)


def _told(journey: Journey, wanted: Build, context: Path) -> dict[str, str]:
    """The commit, for an image of this program, which says of itself what it is (pipeline/version.py).

    Other projects' images are built as they say: an argument of that name may mean anything there.
    """
    if journey.parts.settings.project_name != CONTROLLER:
        return {}
    declared = arguments(context, wanted.dockerfile)
    return {_REVISION: journey.result(StageName.PULL, Pulled).sha} if _REVISION in declared else {}


def _can_build(builder: Builder, service: str, wanted: Build, context: Path) -> None:
    """Raises StageFailed where only BuildKit could; a Dockerfile that is missing is the builder's to name."""
    if builder is Builder.BUILDKIT:
        return
    file = context / wanted.dockerfile
    text = file.read_text(errors="replace") if file.is_file() else ""
    if needed := "build.secrets" if wanted.secrets else needs_buildkit(text):
        raise StageFailed(
            f"The image of {service} needs BuildKit ({needed}), and docker buildx is not on this machine or"
            " does not work.",
            advice="Install buildx beside the docker command of the worker (package docker-buildx or"
            " docker-buildx-plugin), restart the worker, and deploy again.",
        )
