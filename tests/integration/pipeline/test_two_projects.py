"""Two projects of one installation: their runs go side by side and leave each other alone."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.chaos import Point
from pipeline.containers.compose import pin_one_off
from pipeline.engine.lockfile import holder
from pipeline.model.alert import Alert, Severity
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName
from pipeline.of_project import PER_PROJECT, key_of
from pipeline.parts import Machine, hands_for, machine
from pipeline.process import run
from pipeline.settings import WorkerSettings
from pipeline.stages.one_first import one_first
from pipeline.stages.resolved import installed_compose_file, read
from tests.chaos.points import Points
from tests.integration.pipeline.stack import PATIENCE, SECOND, Stack, with_a_second_project

Two = tuple[Stack, Stack]


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Two]:
    async with with_a_second_project(tmp_path, monkeypatch, postgres, images) as two:
        yield two


async def test_one_fails_and_goes_back_while_the_other_is_deployed(two: Two, points: Points) -> None:
    agent, shop = two
    agent.start_worker()
    for view in await asyncio.gather(agent.deploy(), shop.deploy()):
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
    for stack in two:
        stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
    shop.remote.edit("app.py", "HEALTHY = True", "HEALTHY = False")
    for stack in two:
        stack.remote.push("The second version")

    plans = [await stack.asked() for stack in two]  # both wait for an answer at once
    half_way = points.expect(StageName.START, Point.INTENDED)
    assert await shop.store.approvals.answer(plans[1].nonce, ApprovalState.APPROVED, "tester")
    async with asyncio.timeout(PATIENCE):
        held = await half_way
    assert held.reached.run == plans[1].run_id
    assert await shop.served() is None  # it is stopped, and waits for what is held
    assert await agent.store.approvals.answer(plans[0].nonce, ApprovalState.APPROVED, "tester")
    deployed = await agent.end(plans[0].run_id)
    assert deployed.run.state is RunState.SUCCEEDED, deployed.run.failure
    assert (await agent.served() or {})["version"] == "two"
    locks = agent.settings.state_dir / "locks"
    told = {name: holder(locks, name).doing for name in (agent.project.name, SECOND)}
    assert told == {agent.project.name: None, SECOND: f"run {plans[1].run_id} (deploy) at stage start"}

    held.go()
    reverted = await shop.end(plans[1].run_id)
    assert reverted.run.state is RunState.REVERTED, reverted.run.failure
    assert (await shop.served() or {})["version"] == "one"
    assert (await agent.served() or {})["version"] == "two"

    live = {stack.project.name: await stack.store.releases.project_by_id(stack.project.id) for stack in two}
    for stack in two:
        number = live[stack.project.name].live_release_id
        assert number is not None
        kept = await stack.store.releases.get(number)
        assert kept is not None
        [container] = [
            c for c in stack.containers() if c.labels["deployment.group"] == stack.settings.deployment_group
        ]
        assert container.image.id in kept.images.values()
    assert stack.containers(oneoff=True) == []


async def test_a_network_that_both_need_is_made_once(two: Two, images: Any) -> None:
    agent, _ = two
    network = f"{agent.settings.compose_project_name}_default"

    async def started(shared: Machine, stack: Stack) -> None:
        hands = await hands_for(stack.settings, shared)
        file = installed_compose_file(hands)
        [service] = (await read(hands, file)).names
        name = f"{stack.settings.compose_project_name}-{service}-tried"
        override = stack.directory / "override.json"
        override.write_text(pin_one_off(service, images.python))
        async with one_first(hands, file):
            command = hands.compose.answer([file, override], service, name, ["true"], {})
            await run(command, timeout=PATIENCE, check=True)

    async with machine() as shared:
        for _ in range(3):
            await asyncio.gather(*(started(shared, stack) for stack in two))
            [made] = agent.client.networks.list(names=[network])
            made.remove()


async def test_a_commit_that_names_a_service_of_another_replaces_nothing(two: Two, images: Any) -> None:
    agent, shop = two
    agent.start_worker()
    view = await agent.deploy()
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    of_nobody = agent.client.containers.create(
        images.python,
        labels={
            "com.docker.compose.project": agent.settings.compose_project_name,
            "com.docker.compose.service": "mailer",
            "com.docker.compose.oneoff": "False",
            "deployment.group": "infrastructure",
        },
    )
    before = {container.id for container in agent.containers()}
    stack = f"{SECOND.upper()}__COMPOSE_PROJECT_NAME is '{agent.settings.compose_project_name}', in which the"
    for old, new, said in (
        (SECOND, "app", f"{stack} project {agent.project.name} has a service 'app' too;"),
        ("app", "mailer", f"{stack} service 'mailer' is of the group infrastructure and not of {SECOND}"),
    ):
        shop.remote.edit("compose.yml", f"\n  {old}:\n", f"\n  {new}:\n")
        shop.remote.push(f"The service is named {new}")
        view = await shop.deploy()
        assert view.run.failure is not None
        assert view.run.state is RunState.FAILED
        assert view.run.failure.what.startswith(said), view.run.failure
        assert {container.id for container in agent.containers()} == before
    of_nobody.remove()
    assert (await agent.served() or {})["version"] == "one"


async def test_the_command_line_is_about_one_of_them(two: Two) -> None:
    agent, shop = two
    assert await _vnext(two, "check") == (
        0,
        f"{agent.project.name}: Runs switch: app\n{agent.project.name}: Branch main is at {_tip(agent)}\n"
        f"shop: Runs switch: shop\nshop: Branch main is at {_tip(shop)}\n",
        "",
    )
    assert (await _vnext(two, "check", "--project", SECOND))[1].startswith("Runs switch: shop\n")
    agent.start_worker()
    code, out, err = await _vnext(two, "backup", "--project", SECOND)
    assert code == 0, out + err
    assert [run.kind for run in await shop.store.runs.recent(shop.project.id, 9)] == [RunKind.BACKUP]
    assert await agent.store.runs.recent(agent.project.id, 9) == []
    code, out, _ = await _vnext(two, "status")
    assert code == 0
    assert out.startswith(f"{agent.project.name}, watches main\n")
    assert re.search(r"^shop +nothing yet +- +- +\S", out, re.MULTILINE)
    assert (await _vnext(two, "--project", SECOND, "status"))[1].startswith("shop, watches main\n")
    assert await _vnext(two, "health") == (0, "", "")
    assert (await _vnext(two, "rollback", "--project", SECOND, "--local"))[0] == 8  # the worker holds it
    await agent.stop_worker()
    code, _, err = await _vnext(two, "rollback", "--project", SECOND, "--local")
    assert code == 3
    assert err.startswith("There is no previous release: no image is tagged :rollback for each service")


async def test_one_that_cannot_be_served_is_told_and_keeps_no_other_waiting(two: Two) -> None:
    agent, shop = two
    file = shop.directory / "compose.yml"
    whole = file.read_text()
    file.write_text(whole.replace('deployment.critical: "true"', 'deployment.critical: "yes"'))
    agent.start_worker()
    view = await agent.end((await agent.request(RunKind.BACKUP)).id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    [alert] = await _open(shop, 1)
    assert (alert.problem.severity, alert.watcher) == (Severity.CRITICAL, "serving")
    assert alert.problem.what == (
        "services.shop.labels.deployment.critical is 'yes'; allowed: true or false."
    )
    assert await agent.store.alerts.open(agent.project.id) == []
    code, out, err = await _vnext(two, "check")
    assert (code, out.splitlines()[0]) == (64, f"{agent.project.name}: Runs switch: app")
    assert err.startswith(f"shop: {alert.problem.what}")
    assert await _vnext(two, "health") == (
        0,
        "",
        f"The worker last told something of shop never.\nIt told why: {alert.problem.what}\n",
    )

    file.write_text(whole)
    waiting = await shop.request(RunKind.BACKUP)
    view = await shop.end(waiting.id)
    assert view.run.state is RunState.SUCCEEDED, view.run.failure
    assert await _open(shop, 0) == []
    kept = [Path(backup.path) for backup in await shop.store.releases.all_backups(shop.project.id)]
    assert [path.parent.name for path in kept] == [SECOND]
    manifest = json.loads(next(kept[0].parent.glob("*.json")).read_text())
    assert manifest["database"] == shop.settings.db_name


def _tip(stack: Stack) -> str:
    return stack.remote.git("rev-parse", "HEAD")[:7]


async def _vnext(two: Two, *words: str) -> tuple[int, str, str]:
    """The command line of the installation: exit code, output and errors."""
    first, second = (_variables(stack.settings) for stack in two)
    beside = {key_of(SECOND, key): value for key, value in second.items() if key in PER_PROJECT}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pipeline", *words),
        env={**os.environ, **first, **beside},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def _variables(settings: WorkerSettings) -> dict[str, str]:
    return {
        key.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for key, value in settings.model_dump().items()
        if value is not None
    }


async def _open(stack: Stack, count: int) -> list[Alert]:
    """The open alerts of a project, once there are so many."""
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe() as news:
        while len(found := await stack.store.alerts.open(stack.project.id)) != count:
            await news.wait(0.5)
        return found
