"""What GitHub says of a commit, asked of a server that plays it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from pipeline.forge import Github
from pipeline.model.ci import Ci
from tests.forge_server import SHA, TOKEN, Forge, running_forge


@pytest.fixture
async def forge(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forge]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with running_forge() as forge:
        yield forge


def _check(name: str, conclusion: str | None) -> dict[str, object]:
    return {"name": name, "status": "completed" if conclusion else "queued", "conclusion": conclusion}


async def test_statuses_and_check_runs_count_together(forge: Forge) -> None:
    github = Github(forge.url, "team/app", TOKEN)
    assert await github.ci(SHA) is None
    forge.statuses = [{"context": "vnext/deploy", "state": "failure"}]
    assert await github.ci(SHA) is None
    forge.checks = [_check("test", "success")]
    assert await github.ci(SHA) is Ci.PASSED
    forge.statuses.append({"context": "build", "state": "pending"})
    assert await github.ci(SHA) is Ci.PENDING
    forge.checks = [
        *(_check(f"test {number}", "success") for number in range(150)),
        _check("last", "failure"),
    ]
    assert await github.ci(SHA) is Ci.FAILED


async def test_what_github_does_not_say_is_unknown(forge: Forge) -> None:
    forge.checks = [_check("test", "success")]
    github = Github(forge.url, "team/app", TOKEN)
    assert await github.ci("2" * 40) is None
    assert await Github(forge.url, "team/other", TOKEN).ci(SHA) is None
    assert await Github("http://127.0.0.1:1", "team/app", TOKEN).ci(SHA) is None
    forge.checks = [_check(f"test {number}", "success") for number in range(600)]
    assert await github.ci(SHA) is None
    forge.checks = []
    forge.statuses = [{"context": "build", "state": "success"}]
    assert await github.ci(SHA) is Ci.PASSED


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "30"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 600)},
        {},
    ],
)
async def test_who_is_refused_asks_no_more_for_a_while(forge: Forge, headers: dict[str, str]) -> None:
    forge.limited = headers
    github = Github(forge.url, "team/app", TOKEN)
    assert [await github.ci(SHA) for _ in range(3)] == [None, None, None]
    assert forge.asked == 1


async def test_a_token_that_is_refused(forge: Forge) -> None:
    github = Github(forge.url, "team/app", "another" * 4)
    assert await github.ci(SHA) is None
    assert await github.ci(SHA) is None
    assert forge.asked == 1


async def test_a_limit_holds_for_writing_too_and_a_refused_reading_does_not(forge: Forge) -> None:
    seconds = 0.0
    github = Github(forge.url, "team/app", TOKEN, clock=lambda: seconds)
    forge.limited = {"Retry-After": "90"}
    assert await github.ci(SHA) is None
    assert github.writing.rest == 90
    seconds, forge.limited = 91.0, None
    await github.writing.status(SHA, "pending", "Run 1")
    assert forge.states == ["pending"]
    refused = Github(forge.url, "team/app", "another" * 4)
    assert await refused.ci(SHA) is None
    assert refused.writing.rest == 0
