"""A server that plays GitHub: what it says of commits, statuses and deployments, by GitHub's rules."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "ghp_" + "a" * 36
SHA = "1" * 40
REPOSITORY = "team/app"
LONGEST = 140
Listed = list[dict[str, object]]
_STATES = {"pending", "success", "failure", "error"}


@dataclass
class Forge:
    """`told` are commit statuses as (sha, state, description), `rows` deployments with their statuses.
    `forbidden` are parts of paths that a token has no right to write, `broken` is the status that all writing
    is answered with."""

    url: str
    statuses: Listed = field(default_factory=list)
    checks: Listed = field(default_factory=list)
    limited: dict[str, str] | None = None
    asked: int = 0
    known: set[str] = field(default_factory=lambda: {SHA})
    told: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    broken: int | None = None

    @web.middleware
    async def admit(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked += 1
        if self.limited is not None:
            return web.json_response({"message": "rate limit"}, status=403, headers=self.limited)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        if request.method == "POST":
            if self.broken is not None:
                return web.json_response({"message": "Server Error"}, status=self.broken)
            if any(part in request.path for part in self.forbidden):
                return web.json_response({"message": "Resource not accessible by token"}, status=403)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def read(self, request: web.Request) -> web.Response:
        if request.match_info["sha"] not in self.known:
            return web.json_response({"message": "No commit found for SHA"}, status=422)
        size, page = int(request.query["per_page"]), int(request.query["page"])
        key = {"status": "statuses", "check-runs": "check_runs"}[request.match_info["what"]]
        every = self.statuses if key == "statuses" else self.checks
        part = every[size * (page - 1) : size * page]
        return web.json_response({"total_count": len(every), key: part})

    async def take_status(self, request: web.Request) -> web.Response:
        told, sha = await request.json(), request.match_info["sha"]
        description = told["description"]
        if sha not in self.known or told["state"] not in _STATES or len(description) > LONGEST:
            return web.json_response({"message": "Validation Failed"}, status=422)
        assert told["context"] == "vnext/deploy"
        self.told.append((sha, told["state"], description))
        return web.json_response({"id": len(self.told)}, status=201)

    async def list_deployments(self, request: web.Request) -> web.Response:
        return web.json_response([row for row in self.rows[::-1] if row["sha"] == request.query["sha"]])

    async def take_deployment(self, request: web.Request) -> web.Response:
        told = await request.json()
        if told["ref"] not in self.known:
            return web.json_response({"message": "No ref found"}, status=422)
        if told["auto_merge"] is not False or told["required_contexts"] != []:
            return web.json_response({"message": "Conflict"}, status=409)
        row = {**told, "id": 100 + len(self.rows), "sha": told["ref"], "states": []}
        self.rows.append(row)
        return web.json_response(row, status=201)

    async def take_deployment_status(self, request: web.Request) -> web.Response:
        told, number = await request.json(), int(request.match_info["id"])
        found = [row for row in self.rows if row["id"] == number]
        if not found:
            return web.json_response({"message": "Not Found"}, status=404)
        if told["state"] not in _STATES | {"in_progress"} or len(told["description"]) > LONGEST:
            return web.json_response({"message": "Validation Failed"}, status=422)
        found[0]["states"].append(told["state"])
        if told["state"] == "success" and told["auto_inactive"]:
            for row in self.rows:
                if row["id"] < number and row["states"][-1:] == ["success"]:
                    row["states"].append("inactive")
        return web.json_response({"id": 1}, status=201)

    @property
    def states(self) -> list[str]:
        """Of the commit statuses, in the order in which they came."""
        return [state for _, state, _ in self.told]

    @property
    def deployed(self) -> list[list[str]]:
        """The statuses of each deployment."""
        return [row["states"] for row in self.rows]


@contextlib.asynccontextmanager
async def running_forge() -> AsyncIterator[Forge]:
    forge = Forge(url="")
    app = web.Application(middlewares=[forge.admit])
    base = f"/repos/{REPOSITORY}"
    app.add_routes(
        [
            web.get(f"{base}/commits/{{sha}}/{{what}}", forge.read),
            web.post(f"{base}/statuses/{{sha}}", forge.take_status),
            web.get(f"{base}/deployments", forge.list_deployments),
            web.post(f"{base}/deployments", forge.take_deployment),
            web.post(f"{base}/deployments/{{id}}/statuses", forge.take_deployment_status),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    forge.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield forge
    finally:
        await runner.cleanup()
