"""What GitHub says of a commit, asked of a server that plays the two endpoints by GitHub's rules."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from pipeline.forge import Github
from pipeline.model.ci import Ci
from tests.ports import free_port

TOKEN = "ghp_" + "a" * 36
SHA = "1" * 40
Listed = list[dict[str, object]]


@dataclass
class Forge:
    url: str
    statuses: Listed = field(default_factory=list)
    checks: Listed = field(default_factory=list)
    limited: dict[str, str] | None = None
    asked: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.limited is not None:
            return web.json_response({"message": "rate limit"}, status=403, headers=self.limited)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        if request.match_info["sha"] != SHA:
            return web.json_response({"message": "No commit found for SHA"}, status=422)
        size, page = int(request.query["per_page"]), int(request.query["page"])
        key = {"status": "statuses", "check-runs": "check_runs"}[request.match_info["what"]]
        every = self.statuses if key == "statuses" else self.checks
        part = every[size * (page - 1) : size * page]
        return web.json_response({"total_count": len(every), key: part})


@pytest.fixture
async def forge(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forge]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    port = free_port()
    forge = Forge(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.add_routes([web.get("/repos/team/app/commits/{sha}/{what}", forge.answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield forge
    finally:
        await runner.cleanup()


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
