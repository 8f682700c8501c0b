"""Two projects of which one would be taken for the other are kept apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.project.application import Application, read_application
from pipeline.project.owners import Holder, Owners

AGENT = Holder(
    project="agent",
    compose_project="stack",
    image_base="agent",
    api_url="http://app:8000",
    server=("postgres", 5432),
    database="agent",
    journal="pipeline",
    first=True,
)
SHOP = replace(
    AGENT, project="shop", image_base="shop", api_url="http://web:8000", database="shop", first=False
)
BUILT: dict[str, Any] = {"build": {"context": "/srv"}}
REDIS: dict[str, Any] = {"image": "redis:8"}
SILENT = {"smoke": {"skip": ["health", "stats"]}}


def _application(section: dict[str, Any] | None = None, **services: dict[str, Any]) -> Application:
    labels = {"deployment.group": "all"}
    found = {name: {"labels": labels, **raw} for name, raw in services.items()}
    return read_application({"services": found, "x-pipeline": section or {}}, "all")


@pytest.fixture
def owners() -> Owners:
    owners = Owners()
    owners.claim(AGENT, _application(app=BUILT))
    return owners


def test_what_is_no_trouble() -> None:
    owners = Owners()
    owners.claim(AGENT, _application(app=BUILT, cache=REDIS))
    elsewhere = replace(SHOP, compose_project="shop")
    owners.claim(elsewhere, _application(app=BUILT, cache=REDIS))
    mail = replace(SHOP, project="mail", image_base="mail", database="agent", api_url=AGENT.api_url)
    owners.claim(mail, _application({"database": False, **SILENT}, mail=BUILT))
    controller = replace(SHOP, project="controller", database="pipeline", api_url="http://bot:8080")
    owners.claim(controller, _application(bot=REDIS))
    owners.claim(AGENT, _application(app=BUILT, beat=BUILT))  # its compose file has changed


@pytest.mark.parametrize(
    ("holder", "section", "services", "sentence"),
    [
        (
            SHOP,
            None,
            {"web": BUILT, "app": BUILT},
            "COMPOSE_PROJECT_NAME is 'stack', in which the project agent has a service 'app' too;"
            " allowed: another compose project than that of agent, or another name of the service.",
        ),
        (
            replace(SHOP, image_base="agent"),
            None,
            {"web": BUILT},
            "DOCKER_IMAGE_BASE is 'agent' in the project shop, which the project agent builds too;"
            " allowed: another name.",
        ),
        (
            SHOP,
            None,
            {"web": {**BUILT, "image": "agent:live"}},
            "services.web.image is 'agent' in the project shop, which the project agent builds too;"
            " allowed: another name.",
        ),
        (
            replace(SHOP, database="agent"),
            SILENT,
            {"web": BUILT},
            "DB_NAME is 'agent', which is that of the project agent too: a restore of the one would take the"
            " other's data; allowed: a database that is of shop alone; where it has none, database: false in"
            " x-pipeline.",
        ),
        (
            replace(SHOP, database="pipeline"),
            None,
            {"web": BUILT},
            "DB_NAME is 'pipeline', which is the journal's own: a restore of the one would take the other's"
            " data; allowed: a database that is of shop alone; where it has none, database: false in"
            " x-pipeline.",
        ),
        (
            replace(SHOP, api_url=AGENT.api_url),
            {"database": False},
            {"web": BUILT},
            "API_URL is 'http://app:8000', where the application of the project agent is asked; allowed: the"
            " address at which that of shop answers; one that answers none says"
            " smoke: {skip: [health, stats]} in x-pipeline.",
        ),
    ],
)
def test_what_would_be_taken_for_another_projects_is_refused(
    owners: Owners,
    holder: Holder,
    section: dict[str, Any] | None,
    services: dict[str, Any],
    sentence: str,
) -> None:
    application = _application(section, **services)
    for ask in (owners.see, owners.claim):
        with pytest.raises(ConfigurationError) as refused:
            ask(holder, application)
        assert refused.value.what == sentence


def test_another_server_has_other_databases(owners: Owners) -> None:
    owners.claim(replace(SHOP, database="agent", server=("elsewhere", 5432)), _application(web=BUILT))


def test_an_address_that_nobody_has_set_is_that_of_the_first_project(owners: Owners) -> None:
    owners.claim(AGENT, _application(SILENT, app=BUILT))
    with pytest.raises(ConfigurationError, match="http://app:8000"):
        owners.claim(replace(SHOP, api_url=AGENT.api_url), _application(web=BUILT))


def test_what_was_refused_is_nobodys(owners: Owners) -> None:
    with pytest.raises(ConfigurationError):
        owners.claim(SHOP, _application(web=BUILT, app=BUILT))
    owners.claim(AGENT, _application(app=BUILT, web=BUILT))


def test_a_run_keeps_what_it_brings_until_the_next_one(owners: Owners) -> None:
    owners.claim(SHOP, _application(web=BUILT))
    owners.claim(SHOP, _application(site={**BUILT, "image": "face"}), of_a_run=True)
    for taken in ({"web": BUILT}, {"site": BUILT}, {"app": {**BUILT, "image": "face:live"}}):
        with pytest.raises(ConfigurationError):
            owners.see(AGENT, _application(**taken))
    owners.claim(SHOP, _application(web=BUILT), of_a_run=True)
    owners.see(AGENT, _application(site=BUILT))
