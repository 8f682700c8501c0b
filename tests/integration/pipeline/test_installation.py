"""What is wrong with an installation is told in one sentence before anything starts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.worker import work
from tests.integration.pipeline.stack import Stack, installed


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        yield stack


async def _refusal(stack: Stack, **changes: object) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        await work(stack.settings.model_copy(update=changes))
    return refused.value


async def test_a_branch_that_is_not_there(stack: Stack) -> None:
    with pytest.raises(ExceptionGroup) as ended:
        await work(stack.settings.model_copy(update={"git_branch": "mian"}))
    [error] = ended.value.exceptions
    assert isinstance(error, ConfigurationError)
    assert error.what == "GIT_BRANCH is 'mian'; allowed: a branch of GIT_URL: main."


async def test_a_compose_file_that_is_not_there(stack: Stack) -> None:
    error = await _refusal(stack, docker_compose_file=stack.directory / "none.yml")
    assert (error.key, error.allowed) == ("DOCKER_COMPOSE_FILE", "the path of a compose file that exists")


async def test_a_group_that_no_service_bears(stack: Stack) -> None:
    error = await _refusal(stack, deployment_group="agnet")
    expected = "DEPLOYMENT_GROUP is 'agnet'; allowed: a deployment.group label of the compose file: agent."
    assert error.what == expected


async def test_a_label_that_is_neither_true_nor_false(stack: Stack) -> None:
    file = stack.directory / "compose.yml"
    file.write_text(file.read_text().replace('deployment.critical: "true"', 'deployment.critical: "yes"'))
    error = await _refusal(stack)
    assert error.what == "services.app.labels.deployment.critical is 'yes'; allowed: true or false."


async def test_an_unknown_key_of_x_pipeline(stack: Stack) -> None:
    file = stack.directory / "compose.yml"
    file.write_text(file.read_text().replace("target: test", "traget: test"))
    error = await _refusal(stack)
    assert error.key == "x-pipeline.test.traget"
    assert "target" in error.allowed


async def test_what_compose_itself_refuses(stack: Stack) -> None:
    (stack.directory / "compose.yml").write_text("services: [\n")
    error = await _refusal(stack)
    assert error.key == "DOCKER_COMPOSE_FILE"
    assert "yaml" in error.what
