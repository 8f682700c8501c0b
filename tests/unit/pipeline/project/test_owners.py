"""Two projects whose services compose would take for one another are kept apart."""

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.project.owners import Owners


def test_names_may_be_the_same_in_different_compose_projects() -> None:
    owners = Owners()
    owners.claim("agent", "stack", ["app", "worker"])
    owners.claim("shop", "shop", ["app"])
    owners.claim("mail", "stack", ["mail"])
    owners.claim("agent", "stack", ["app", "beat"])  # its compose file has changed


def test_one_that_another_project_has_is_refused() -> None:
    owners = Owners()
    owners.claim("agent", "stack", ["app"])
    with pytest.raises(ConfigurationError) as refused:
        owners.claim("my-shop", "stack", ["web", "app"])
    assert refused.value.what == (
        "MY_SHOP__COMPOSE_PROJECT_NAME is 'stack', in which the project agent has a service 'app' already;"
        " allowed: another compose project than that of agent, or another name of the service."
    )
