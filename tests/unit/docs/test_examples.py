"""The compose files in the documentation, resolved by compose and read as the worker reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.containers.compose import Compose, find_program
from pipeline.process import run
from pipeline.project.application import Application, BuildSecret, read_application
from pipeline.project.section import Section
from pipeline.settings import WorkerSettings
from tests.unit.docs.pages import page

COMPOSE_SECONDS = 20.0
BLOCKS = [block for name in ("README.md", "docs/configuration.md") for block in page(name).blocks("yaml")]
SERVICES = "services: {app: {image: example, labels: {deployment.group: agent}}}\n"
GROUP = WorkerSettings.model_fields["deployment_group"].default


async def application(directory: Path, text: str) -> Application:
    """What the worker makes of a compose file with this text."""
    file, resolved = directory / "compose.yml", directory / "resolved.json"
    file.write_text(text)
    compose = Compose(program=await find_program(), project="docs", directory=directory)
    await run(compose.config([file]), timeout=COMPOSE_SECONDS, stdout_to=resolved, check=True)
    return read_application(json.loads(resolved.read_text()), GROUP)


def test_there_are_examples() -> None:
    assert len([block for block in BLOCKS if "services:" in block]) >= 2


@pytest.mark.parametrize("text", BLOCKS)
async def test_examples_are_read(tmp_path: Path, text: str) -> None:
    found = await application(tmp_path, text if "services:" in text else text + SERVICES)
    assert found.names == ["app"]
    assert found.section != Section()
    [service] = found.services
    assert service.critical
    assert service.rollback_enabled


async def test_the_complete_example_uses_every_key_that_most_need(tmp_path: Path) -> None:
    [text] = [block for block in page("docs/configuration.md").blocks("yaml") if "services:" in block]
    found = await application(tmp_path, text)
    assert found.section.test is not None
    assert found.section.migrate is not None
    assert found.section.migrate.revision is not None
    service = found.tested()
    assert service is not None
    assert service.repository("server-agent-vnext", alone=True) == "server-agent-vnext"


async def test_the_example_of_build_arguments_and_secrets_is_read(tmp_path: Path) -> None:
    [text] = page("docs/configuration.md").blocks("yml")
    labelled = text.replace("    build:\n", "    labels: {deployment.group: agent}\n    build:\n")
    [service] = (await application(tmp_path, labelled)).services
    assert service.build is not None
    assert list(service.build.args) == ["PYTHON_IMAGE"]
    assert service.build.secrets == (
        BuildSecret(id="npm_token", variable="NPM_TOKEN"),
        BuildSecret(id="tls.pem", file=str(tmp_path / "certificate.pem")),
    )
