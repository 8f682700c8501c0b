"""The containers of a service, by the name that a person gives it."""

from __future__ import annotations

from pipeline.containers.container import Container
from pipeline.model.inquiry import NotFound


def of_service(found: list[Container], service: str) -> list[Container]:
    """By the name in the compose file, or by the label deployment.service."""
    return [container for container in found if service in (container.service, container.label)]


def no_service(service: str, found: list[Container]) -> NotFound:
    names = sorted({container.label or container.service or container.name for container in found})
    if not names:
        return NotFound(what="The application has no container here.", advice="See /status, then deploy.")
    return NotFound(
        what=f"There is no service {service[:60]!r}.", advice="Choose one of these:", services=names
    )
