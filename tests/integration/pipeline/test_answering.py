"""The worker answers inquiries, with real containers, also while a run is under way."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.inquiry import (
    MOST_CHARACTERS,
    Found,
    Inquiry,
    LogsFound,
    LogsWanted,
    NotFound,
    PlanFound,
    PlanWanted,
    Wanted,
)
from pipeline.model.release import TokenBudget
from pipeline.model.states import RunKind
from pipeline.store.listen import INQUIRIES
from tests.chaos.points import Points
from tests.integration.pipeline.stack import PATIENCE, Stack, installed

Write = Callable[..., None]
TOKEN = f"secret-{secrets.token_hex(8)}"


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    monkeypatch.setenv("SOME_API_TOKEN", TOKEN)
    monkeypatch.setattr("pipeline.engine.answering.LOOK_SECONDS", 60.0)
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.remote.push("The first version")
        yield stack


@pytest.fixture
def write(stack: Stack, images: Any) -> Write:
    """Lets a container of the service write what a line of shell prints; it has ended then."""

    def write(service: str, shell: str) -> None:
        labels = {
            "com.docker.compose.project": stack.settings.compose_project_name,
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.service": service,
            "deployment.group": stack.settings.deployment_group,
        }
        container = stack.client.containers.run(
            images.python, ["sh", "-c", shell], labels=labels, detach=True
        )
        container.wait()

    return write


async def ask(stack: Stack, service: str, lines: int) -> Found:
    return await answer_to(stack, LogsWanted(service=service, lines=lines))


async def answer_to(stack: Stack, wanted: Wanted) -> Found:
    key = secrets.token_hex(4)
    async with asyncio.timeout(PATIENCE), stack.store.news.subscribe(INQUIRIES) as news:
        await stack.store.inquiries.ask(stack.project.id, wanted, key=key, chat=1)
        while True:
            due, _ = await stack.store.inquiries.untold(stack.project.id)
            if found := [each for each in due if isinstance(each, Inquiry) and each.answer]:
                await stack.store.inquiries.told(found[0].id)
                assert found[0].answer is not None
                return found[0].answer
            await news.wait(1)


async def _stats(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body = b'{"token_budget": {"used": 12300, "limit": 100000}}'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    writer.close()
    await writer.wait_closed()


async def test_the_token_budget_is_observed(stack: Stack) -> None:
    port = stack.settings.api_url.rpartition(":")[2]
    async with await asyncio.start_server(_stats, "127.0.0.1", int(port)), asyncio.timeout(PATIENCE):
        stack.start_worker()
        while (seen := await stack.store.releases.observation(stack.project.id)) is None:  # noqa: ASYNC110 - an observation tells nobody
            await asyncio.sleep(0.05)
    assert seen.tokens == TokenBudget(used=12_300, limit=100_000)


async def test_the_newest_lines_of_a_service(stack: Stack, write: Write, points: Points) -> None:
    held = points.expect("pull", "intended")
    stack.start_worker()
    await stack.request(RunKind.TEST)
    async with asyncio.timeout(PATIENCE):
        hold = await held  # a run is under way from here on
    assert await ask(stack, "app", 5) == NotFound(
        what="The application has no container here.", advice="See /status, then deploy."
    )
    planned = await answer_to(stack, PlanWanted(target="main"))
    assert isinstance(planned, PlanFound)
    assert (planned.plan.goal.sha, planned.plan.live) == (stack.remote.git("rev-parse", "HEAD"), None)
    unknown = await answer_to(stack, PlanWanted(target="nowhere"))
    assert isinstance(unknown, NotFound)
    assert unknown.what.startswith('"nowhere" is neither a branch nor a commit')
    assert len(await stack.store.runs.recent(stack.project.id, 9)) == 1  # that which is under way
    write("app", f"seq 1 100; echo token {TOKEN}")
    assert await ask(stack, "app", 3) == LogsFound(lines=["99", "100", "token ***"], older=True)
    assert await ask(stack, "ap", 3) == NotFound(
        what="There is no service 'ap'.", advice="Choose one of these:", services=["app"]
    )
    write("wide", """python -c 'print(("x" * 7000 + chr(10)) * 300, end="")'""")
    wide = await ask(stack, "wide", 2000)
    assert isinstance(wide, LogsFound)
    assert wide.left_out
    assert sum(len(line) + 1 for line in wide.lines) <= MOST_CHARACTERS
    assert len(wide.lines) == MOST_CHARACTERS // 7001
    write("app", "echo from the second")
    both = await ask(stack, "app", 4)
    assert isinstance(both, LogsFound)
    assert both.older
    assert sorted(line.partition(" | ")[2] for line in both.lines) == ["100", "from the second", "token ***"]
    hold.go()
