"""The worker restarts a service's real container, and never beside a run."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.inquiry import Found, NotFound, Restarted, RestartWanted
from pipeline.model.states import RunKind
from pipeline.store.listen import INQUIRIES
from tests.chaos.points import Points
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

BY = "Ada (1001)"
STAYS = "trap 'exit 0' TERM; sleep 600 & wait"


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images, startup_wait=1) as stack:
        stack.remote.push("The first version")
        yield stack


def begin(stack: Stack, image: str, service: str, shell: str) -> Any:
    labels = {
        "com.docker.compose.project": stack.settings.compose_project_name,
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.service": service,
        "deployment.group": stack.settings.deployment_group,
    }
    return stack.client.containers.run(image, ["sh", "-c", shell], labels=labels, detach=True)


async def restart(stack: Stack, service: str) -> Found:
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe(INQUIRIES) as news:
        wanted = RestartWanted(service=service, by=BY)
        await stack.store.inquiries.ask(stack.project.id, wanted, key=secrets.token_hex(4), chat=1)
        while True:
            due, _ = await stack.store.inquiries.untold(stack.project.id)
            if due and (found := due[0].answer) is not None:
                await stack.store.inquiries.told(due[0].id)
                return found
            await news.wait(1)


async def test_a_service_is_restarted_and_how_it_is_then_is_told(
    stack: Stack, images: Any, points: Points
) -> None:
    app = begin(stack, images.python, "app", STAYS)
    begin(stack, images.python, "broken", "exit 3").wait()
    stack.start_worker()
    before = app.attrs["State"]["StartedAt"]
    app.kill()
    app.wait()
    assert await restart(stack, "app") == Restarted(service="app", well=True, said="It runs again.")
    app.reload()
    assert app.status == "running"
    assert app.attrs["State"]["StartedAt"] > before
    again = app.attrs["State"]["StartedAt"]
    assert await restart(stack, "app") == Restarted(service="app", well=True, said="It runs again.")
    app.reload()
    assert (app.status, app.attrs["State"]["StartedAt"] > again) == ("running", True)
    assert await restart(stack, "broken") == Restarted(
        service="broken", well=False, said="It ended again, with exit code 3."
    )
    assert await restart(stack, "ap") == NotFound(
        what="There is no service 'ap'.", advice="Choose one of these:", services=["app", "broken"]
    )
    held = points.expect("pull", "intended")
    run = await stack.request(RunKind.TEST)
    async with asyncio.timeout(PATIENCE):
        hold = await held
    refused = await restart(stack, "app")
    assert isinstance(refused, NotFound)
    assert refused.what == f"Nothing was restarted: run {run.id} (test) is under way."
    hold.go()
    query = "SELECT action, detail->>'service', detail->>'said' FROM audit WHERE actor = $1 ORDER BY id"
    audit = [tuple(row) for row in await stack.store.pool.fetch(query, BY)]
    assert audit[:2] == [("restart", "app", None), ("service restarted", "app", "It runs again.")]
    assert [row[0] for row in audit[4:]] == [
        "restart",
        "service restarted",
        "restart",
        "restart refused",
        "restart",
        "restart refused",
    ]
