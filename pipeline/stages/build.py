"""Build: the image of each service at the pulled commit, labelled with where it comes from."""

from __future__ import annotations

from pathlib import Path

from pipeline.containers.engine import Image
from pipeline.model.errors import StageFailed
from pipeline.model.results import Built, Pulled
from pipeline.model.states import StageName
from pipeline.process import run as run_command
from pipeline.project.application import Build, Service
from pipeline.source import shown_url
from pipeline.stages.images import BuiltImage, build_image, checkout, of_run
from pipeline.stages.journey import Journey
from pipeline.stages.live import BRANCH, REVISION

_OCI = "org.opencontainers.image"


async def run(journey: Journey) -> Built:
    commit = await checkout(journey)
    labels = _labels(journey)
    images: dict[str, Image] = {}
    made: list[tuple[Build, BuiltImage]] = []
    for service in commit.app.services:
        if service.build:
            built = next((image for build, image in made if build == service.build), None)
            if built is None:
                target = service.build.target
                built = await build_image(journey, service, commit, target=target, labels=labels)
                made.append((service.build, built))
            else:
                journey.log(f"{service.name} is built as a service before it: one image serves both")
            images[service.name] = built.image
        else:
            images[service.name] = await _pull(journey, service, commit.compose_file)
    return Built(
        images={name: image.id for name, image in images.items()},
        bytes=sum({image.id: image.bytes for image in images.values()}.values()),
        live_bytes=await _live_bytes(journey),
        version=labels[f"{_OCI}.version"],
        steps=sum(built.steps for _, built in made),
        cached=sum(built.cached for _, built in made),
    )


def _labels(journey: Journey) -> dict[str, str]:
    pulled = journey.result(StageName.PULL, Pulled)
    now = journey.parts.clock()
    return {
        REVISION: pulled.sha,
        f"{_OCI}.source": shown_url(journey.project.repository),
        f"{_OCI}.version": f"{now:%Y.%m.%d}-{pulled.sha[:7]}",
        f"{_OCI}.created": now.isoformat(timespec="seconds"),
        BRANCH: pulled.branch or "",
        **of_run(journey),
    }


async def _pull(journey: Journey, service: Service, compose_file: Path) -> Image:
    """An image that is not built here but pulled from its registry."""
    parts = journey.parts
    if not service.image:
        raise StageFailed(
            f"Service {service.name} has neither build nor image.", advice="Give it one in the compose file."
        )
    journey.tell(f"pulling {service.image}")
    finished = await run_command(
        parts.compose.pull([compose_file], service.name),
        timeout=parts.settings.build_timeout,
        redact=parts.redact,
    )
    image = await parts.engine.image(service.image)
    if finished.exit_code != 0 or image is None:
        raise StageFailed(
            f"The image {service.image} of {service.name} could not be pulled.",
            advice="See that the registry is reachable and the name is right, then deploy again.",
            log=finished.stderr,
        )
    return image


async def _live_bytes(journey: Journey) -> int | None:
    if journey.live is None:
        return None
    sizes = [await journey.parts.engine.image(image) for image in set(journey.live.images.values())]
    return sum(image.bytes for image in sizes if image)
