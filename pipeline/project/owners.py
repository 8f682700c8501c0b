"""Which project switches which service: compose knows a service by its name in the compose project alone."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import key_of


class Owners:
    """The services of each project, once its compose file was read."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str] = {}

    def claim(self, project: str, compose_project: str, services: Iterable[str]) -> None:
        """Raises ConfigurationError where another project has a service of one of these names in the same
        compose project: compose would put the one in the place of the other."""
        for service in services:
            owner = self._owners.setdefault((compose_project, service), project)
            if owner != project:
                raise ConfigurationError(
                    key_of(project, "COMPOSE_PROJECT_NAME"),
                    f"{compose_project!r}, in which the project {owner} has a service {service!r} already",
                    f"another compose project than that of {owner}, or another name of the service",
                )
