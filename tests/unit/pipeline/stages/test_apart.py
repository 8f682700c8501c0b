"""Services that are there already, as another group's or as nobody's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.containers.engine import Container
from pipeline.model.errors import ConfigurationError
from pipeline.project.application import Application, read_application
from pipeline.project.owners import Owners
from pipeline.settings import WorkerSettings
from pipeline.stages.apart import claim, see_apart
from tests.unit.pipeline.samples import IMAGE, NOW


class Machine:
    """Stands for the engine: the containers of the compose project `stack` that are no one-off ones."""

    def __init__(self, **groups: str | None) -> None:
        self._groups = groups

    async def containers(self, labels: list[str]) -> list[Container]:
        assert labels == ["com.docker.compose.project=stack", "com.docker.compose.oneoff=False"]
        return [
            Container(
                id=service,
                name=f"stack-{service}-1",
                service=service,
                image=IMAGE,
                image_name="shop:live",
                running=True,
                health=None,
                restarts=0,
                exit_code=None,
                started_at=NOW,
                ports=frozenset(),
                mounts={},
                group=group,
            )
            for service, group in self._groups.items()
        ]


def _hands(project: str, owners: Owners, **groups: str | None) -> Any:
    settings = WorkerSettings(
        project_name=project,
        projects="shop",
        deployment_group="shop",
        docker_image_base=project,
        db_name=project,
        db_password="correct horse",
        git_url="/srv/shop.git",
        api_url=f"http://{project}:8000",
    )
    compose = SimpleNamespace(project="stack")
    return SimpleNamespace(settings=settings, owners=owners, compose=compose, engine=Machine(**groups))


def _application(*services: str) -> Application:
    raw = {"image": "redis:8", "labels": {"deployment.group": "shop"}}
    return read_application({"services": dict.fromkeys(services, raw)}, "shop")


async def test_what_is_its_own_or_nobodys_is_taken_over() -> None:
    hands = _hands("shop", Owners(), web="shop", cache=None, mailer="", postgres="infrastructure")
    await see_apart(hands, _application("web", "cache", "mailer", "new"))


@pytest.mark.parametrize(
    ("project", "key"), [("shop", "SHOP__COMPOSE_PROJECT_NAME"), ("first", "COMPOSE_PROJECT_NAME")]
)
async def test_what_is_of_another_group_is_refused(project: str, key: str) -> None:
    owners = Owners()
    hands = _hands(project, owners, web="shop", worker="controller")
    for ask in (see_apart, claim):
        with pytest.raises(ConfigurationError) as refused:
            await ask(hands, _application("web", "worker"))
        assert refused.value.what == (
            f"{key} is 'stack', in which the service 'worker' is of the group controller and not of shop"
            " (container stack-worker-1); allowed: another compose project, or another name of the service."
            " Where the service is this application's own and only its group was changed, let its container"
            " be made anew from the changed compose file, by hand: docker compose up -d --no-build worker."
        )
    await claim(_hands("other", owners), _application("web"))  # nothing was claimed by who was refused


async def test_what_another_project_has_is_named_by_the_variable_of_the_own() -> None:
    owners = Owners()
    await claim(_hands("first", owners), _application("app"))
    with pytest.raises(ConfigurationError, match=r"^SHOP__COMPOSE_PROJECT_NAME is 'stack', in which"):
        await see_apart(_hands("shop", owners), _application("app"))
