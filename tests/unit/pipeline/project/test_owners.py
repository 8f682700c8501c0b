"""Two projects whose services or images would be taken for one another are kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.project.application import Application, read_application
from pipeline.project.owners import Owners


def _application(**services: dict[str, Any]) -> Application:
    labels = {"deployment.group": "all"}
    found = {name: {"labels": labels, **raw} for name, raw in services.items()}
    return read_application({"services": found}, "all")


BUILT: dict[str, Any] = {"build": {"context": "/srv"}}
REDIS: dict[str, Any] = {"image": "redis:8"}


def test_what_is_no_trouble() -> None:
    owners = Owners()
    owners.claim("agent", "stack", "agent", _application(app=BUILT, cache=REDIS))
    owners.claim("shop", "shop", "shop", _application(app=BUILT, cache=REDIS))  # another compose project
    owners.claim("mail", "stack", "mail", _application(mail=BUILT))
    owners.claim(
        "agent", "stack", "agent", _application(app=BUILT, beat=BUILT)
    )  # its compose file has changed


@pytest.mark.parametrize(
    ("compose_project", "base", "services", "sentence"),
    [
        (
            "stack",
            "shop",
            {"web": BUILT, "app": BUILT},
            "MY_SHOP__COMPOSE_PROJECT_NAME is 'stack', in which the project agent has a service 'app' too;"
            " allowed: another compose project than that of agent, or another name of the service.",
        ),
        (
            "shop",
            "agent",
            {"app": BUILT},
            "MY_SHOP__DOCKER_IMAGE_BASE is 'agent' in the project my-shop, which the project agent builds"
            " too; allowed: another name.",
        ),
        (
            "shop",
            "shop",
            {"web": {**BUILT, "image": "agent:live"}},
            "services.web.image is 'agent' in the project my-shop, which the project agent builds too;"
            " allowed: another name.",
        ),
    ],
)
def test_what_would_be_taken_for_another_projects_is_refused(
    compose_project: str, base: str, services: dict[str, Any], sentence: str
) -> None:
    owners = Owners()
    owners.claim("agent", "stack", "agent", _application(app=BUILT))
    with pytest.raises(ConfigurationError) as refused:
        owners.claim("my-shop", compose_project, base, _application(**services))
    assert refused.value.what == sentence
