"""That a project leaves alone what is another's: seen before anything of production is touched."""

from __future__ import annotations

from pipeline.containers.container import service_labels
from pipeline.model.errors import ConfigurationError
from pipeline.project.application import Application
from pipeline.project.owners import Holder
from pipeline.reading import its_variables
from pipeline.stages.journey import Hands


async def see_apart(hands: Hands, application: Application) -> None:
    """Raises ConfigurationError where another project has what the application names (owners.py), or a
    service of its name is there that is of another group; EngineUnreachable."""
    with its_variables(hands.settings):
        hands.owners.see(_holder(hands), application)
        await _see_groups(hands, application)


async def claim(hands: Hands, application: Application, *, of_a_run: bool = False) -> None:
    """From now on it is this project's. Raises as `see_apart` does."""
    with its_variables(hands.settings):
        await _see_groups(hands, application)
        hands.owners.claim(_holder(hands), application, of_a_run=of_a_run)


def _holder(hands: Hands) -> Holder:
    settings = hands.settings
    return Holder(
        project=settings.project_name,
        compose_project=hands.compose.project,
        image_base=settings.docker_image_base,
        api_url=settings.api_url,
        server=(settings.db_host, settings.db_port),
        database=settings.db_name,
        journal=settings.pipeline_db_name,
        first=not settings.beside_the_first,
    )


async def _see_groups(hands: Hands, application: Application) -> None:
    """A container that is of no group is taken over: an application may have run before it was deployed from
    here, and compose files need not say whose they are."""
    project, own = hands.compose.project, hands.settings.deployment_group
    for container in await hands.engine.containers(service_labels(project)):
        if container.service in application.names and container.group and container.group != own:
            raise ConfigurationError(
                "COMPOSE_PROJECT_NAME",
                f"{project!r}, in which the service {container.service!r} is of the group {container.group}"
                f" and not of {own} (container {container.name})",
                "another compose project, or another name of the service. Where the service is this"
                " application's own and only its group was changed, let its container be made anew from the"
                f" changed compose file, by hand: docker compose up -d --no-build {container.service}",
            )
