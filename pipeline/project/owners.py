"""Which project has which service, image, database and address: by these they are known to compose, Docker,
PostgreSQL and who asks over HTTP, whichever project they are of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import CONTROLLER
from pipeline.project.application import Application, Service

Thing = tuple[str, ...]
Server = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A project as its settings say; `first` is that of PROJECT_NAME. The journal's database lies on `server`
    too."""

    project: str
    compose_project: str
    image_base: str
    api_url: str
    server: Server
    database: str
    journal: str
    first: bool = False


class Owners:
    """What each project has: by its installed compose file, and by that of its newest run."""

    def __init__(self) -> None:
        self._had: dict[tuple[str, bool], frozenset[Thing]] = {}

    def claim(self, holder: Holder, application: Application, *, of_a_run: bool = False) -> None:
        """In the place of what the project had of the same kind. Raises ConfigurationError as `see` does."""
        self.see(holder, application)
        self._had[holder.project, of_a_run] = frozenset(_things(holder, application))

    def see(self, holder: Holder, application: Application) -> None:
        """Raises ConfigurationError, its key named as that of the first project, where another project has

        - a service of the same name in the same compose project: compose would put the one in the place of
          the other;
        - an image of the same name: the tags by which a rollback finds its way would be the other's;
        - the same database, or it is the journal's: a restore of the one would take the other's data;
        - the same API_URL: the application of the one would answer the checks of the other.
        """
        for service in application.services:
            if owner := self._other(holder, _service(holder, service)):
                raise ConfigurationError(
                    "COMPOSE_PROJECT_NAME",
                    f"{holder.compose_project!r}, in which the project {owner} has a service"
                    f" {service.name!r} too",
                    f"another compose project than that of {owner}, or another name of the service",
                )
            if service.build and (owner := self._other(holder, _image(holder, application, service))):
                raise ConfigurationError(
                    f"services.{service.name}.image" if service.image else "DOCKER_IMAGE_BASE",
                    f"{_image(holder, application, service)[1]!r} in the project {holder.project}, which the"
                    f" project {owner} builds too",
                    "another name",
                )
        if application.section.database:
            self._see_database(holder)
        if application.section.smoke.asks_api_url and (owner := self._other(holder, _address(holder))):
            raise ConfigurationError(
                "API_URL",
                f"{holder.api_url!r}, where the application of the project {owner} is asked",
                f"the address at which that of {holder.project} answers; one that answers none says"
                " smoke: {skip: [health, stats]} in x-pipeline",
            )

    def _see_database(self, holder: Holder) -> None:
        whose = None
        if holder.database == holder.journal and holder.project != CONTROLLER:
            whose = "the journal's own"
        elif owner := self._other(holder, _database(holder)):
            whose = f"that of the project {owner} too"
        if whose:
            raise ConfigurationError(
                "DB_NAME",
                f"{holder.database!r}, which is {whose}: a restore of the one would take the other's data",
                f"a database that is of {holder.project} alone; where it has none, database: false in"
                " x-pipeline",
            )

    def _other(self, holder: Holder, thing: Thing) -> str | None:
        """Who else has it."""
        return next(
            (
                project
                for (project, _), had in self._had.items()
                if project != holder.project and thing in had
            ),
            None,
        )


def _things(holder: Holder, application: Application) -> Iterator[Thing]:
    for service in application.services:
        yield _service(holder, service)
        if service.build:
            yield _image(holder, application, service)
    if application.section.database:
        yield _database(holder)
    # What another project has not set is the address of the first one, whether that is asked there or not.
    if application.section.smoke.asks_api_url or holder.first:
        yield _address(holder)


def _service(holder: Holder, service: Service) -> Thing:
    return "service", holder.compose_project, service.name


def _image(holder: Holder, application: Application, service: Service) -> Thing:
    return "image", service.repository(holder.image_base, len(application.services) == 1)


def _database(holder: Holder) -> Thing:
    host, port = holder.server
    return "database", host, str(port), holder.database


def _address(holder: Holder) -> Thing:
    return "address", holder.api_url.rstrip("/")
