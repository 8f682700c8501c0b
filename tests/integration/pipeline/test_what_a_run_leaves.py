"""What the labels promise of the way back, and what a run leaves: its log, its backup, its tags."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.model.results import BackedUp
from pipeline.model.states import RunState, StageName
from tests.integration.pipeline.stack import Stack, installed

MORE = """\
    healthcheck: {interval: 1s, timeout: 20s, retries: 3}
  beside:
    image: ${DOCKER_IMAGE_BASE}-beside:live
    build:
      context: .
      args: {PYTHON_IMAGE: "${PYTHON_IMAGE}"}
    command: [sleep, infinity]
    init: true
    healthcheck: {disable: true}
    labels:
      deployment.group: agent
      deployment.critical: "false"
      deployment.rollback-enabled: "false"
"""
"""Goes behind the sample's compose file: more of `app`, and a service beside it."""

REVISION = "org.opencontainers.image.revision"


@pytest.fixture
async def stack(tmp_path, monkeypatch, postgres, images) -> AsyncIterator[Stack]:
    async with installed(
        tmp_path, monkeypatch, postgres, images, startup_wait=0.2, deployment_timeout=60
    ) as stack:
        compose_file = stack.remote.clone / "compose.yml"
        compose_file.write_text(compose_file.read_text() + MORE)
        stack.start_worker()
        yield stack


async def test_a_service_that_does_not_go_back_stays_and_the_run_leaves_what_it_says(stack: Stack) -> None:
    first = stack.remote.push("The first version")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure

    log = (stack.settings.state_dir / "reports" / f"run-{view.run.id}" / "run.log").read_text().splitlines()
    assert {re.sub(r"\d", "0", line.split()[0]) for line in log} == {"0000-00-00T00:00:00Z"}
    assert {"pull", "backup", "test", "build", "start"} <= {line.split()[1] for line in log}
    backup = view.stage(StageName.BACKUP).result
    assert isinstance(backup, BackedUp)
    name = rf"{stack.settings.db_name}-\d{{8}}T\d{{6}}Z-run{view.run.id}\.dump\.zst"
    assert re.fullmatch(name, Path(backup.path).name)
    assert Path(backup.path).stat().st_mode & 0o777 == 0o600

    stack.remote.edit("app.py", "HEALTHY = True", "HEALTHY = False")
    second = stack.remote.push("Serves, but is not well")
    view = await stack.deploy()
    assert view.run.state is RunState.REVERTED
    serving = {
        container.labels["com.docker.compose.service"]: container.image.labels[REVISION]
        for container in stack.containers()
    }
    assert serving == {"app": first, "beside": second}

    stack.remote.edit("app.py", "HEALTHY = False", "HEALTHY = True")
    third = stack.remote.push("Well again")
    view = await stack.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    base = stack.settings.compose_project_name
    tagged = {tag: stack.client.images.get(f"{base}:{tag}").labels[REVISION] for tag in ("live", "rollback")}
    assert tagged == {"live": third, "rollback": first}
