"""Which project switches which service and builds which image: by their names they are known to compose and
Docker, whichever project they are of."""

from __future__ import annotations

from typing import TypeVar

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import key_of
from pipeline.project.application import Application

K = TypeVar("K")


class Owners:
    """What each project has, once its compose file was read."""

    def __init__(self) -> None:
        self._services: dict[tuple[str, str], str] = {}
        self._images: dict[str, str] = {}

    def claim(self, project: str, compose_project: str, image_base: str, application: Application) -> None:
        """Raises ConfigurationError where another project has a service of the same name in the same compose
        project, for compose would put the one in the place of the other; or builds an image of the same name,
        for the tags by which a rollback finds its way would be the other's."""
        for service in application.services:
            if owner := _another(self._services, (compose_project, service.name), project):
                raise ConfigurationError(
                    key_of(project, "COMPOSE_PROJECT_NAME"),
                    f"{compose_project!r}, in which the project {owner} has a service {service.name!r} too",
                    f"another compose project than that of {owner}, or another name of the service",
                )
            if service.build is None:
                continue
            image = service.repository(image_base, len(application.services) == 1)
            if owner := _another(self._images, image, project):
                key = f"services.{service.name}.image" if service.image else "DOCKER_IMAGE_BASE"
                raise ConfigurationError(
                    key_of(project, key) if key.isupper() else key,
                    f"{image!r} in the project {project}, which the project {owner} builds too",
                    "another name",
                )


def _another(owners: dict[K, str], what: K, project: str) -> str | None:
    """Who else has it; it is the project's where nobody does."""
    owner = owners.setdefault(what, project)
    return owner if owner != project else None
