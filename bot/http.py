"""The bot's own endpoints: GET /health, /stats and /metrics, and the webhooks where they are wanted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from bot.cards.status import silence
from bot.gathering import Gathering
from bot.health import Check, Health, report, worst
from bot.stats import stats
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.pause import Pause
from pipeline.model.release import Observation, Project
from pipeline.model.running import Running
from pipeline.store.connect import LOST
from pipeline.store.store import Store
from pipeline.wording.words import span

_LOOK_SECONDS = 3.0
_SHUTDOWN_SECONDS = 1.0


class Endpoint:
    """Answers from the start; the journal is handed in once it is there."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._journal: tuple[Store, Sequence[Project]] | None = None
        self.gathering = Gathering(health)

    def journal(self, store: Store, projects: Sequence[Project]) -> None:
        """`projects` with the default one first."""
        self._journal = (store, projects)
        self.gathering.journal(store, [project.id for project in projects])

    async def stats(self, _request: web.Request) -> web.Response:
        status, body = stats(await self.gathering.now())
        return web.json_response(body, status=status)

    async def metrics(self, request: web.Request) -> web.Response:
        from bot.metrics import exposed  # only where somebody scrapes

        body, content_type = exposed(await self.gathering.now(), request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def health(self, _request: web.Request) -> web.Response:
        seen = await self._look()
        status, body = report(
            {
                "database": seen.database,
                "telegram": self._health.telegram,
                "scheduler": self._health.looks,
                "worker": seen.worker,
            },
            next(iter(seen.paused.values()), None),
            seen.running,
        )
        if len(seen.paused) > 1:
            body["projects"] = {
                name: self._health.of_project(name, seen.workers[name], paused)
                for name, paused in seen.paused.items()
            }
        return web.json_response(body, status=status)

    async def _look(self) -> _Seen:
        if self._journal is None:
            return _Seen(Check(status="down", detail="not connected yet"))
        store, projects = self._journal
        workers: dict[str, Check] = {}
        paused: dict[str, Pause | None] = {}
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                for project in projects:
                    workers[project.name] = _worker(await store.releases.observation(project.id), now)
                    paused[project.name] = await store.pauses.current(project.id)
                running = await store.processes.newest("worker")
        except (PipelineError, *LOST) as error:
            return _Seen(Check(status="down", detail=str(error) or type(error).__name__))
        return _Seen(Check(status="ok"), workers, paused, running)


@dataclass(frozen=True)
class _Seen:
    """In the journal; `workers` and `paused` by the names of projects, the default one first."""

    database: Check
    workers: Mapping[str, Check] = field(default_factory=dict)
    paused: Mapping[str, Pause | None] = field(default_factory=dict)
    running: Running | None = None

    @property
    def worker(self) -> Check:
        if not self.workers:
            return Check(status="degraded", detail="not known without the database")
        several = len(self.workers) > 1
        return worst({name if several else "": check for name, check in self.workers.items()})


def _worker(seen: Observation | None, now: datetime) -> Check:
    """What it tells of one project."""
    if seen is None:
        return Check(status="degraded", detail="has not told anything yet")
    quiet = silence(seen, now)
    return (
        Check(status="ok") if quiet is None else Check(status="degraded", detail=f"silent for {span(quiet)}")
    )


@contextlib.asynccontextmanager
async def listening(
    endpoint: Endpoint, host: str, port: int, more: Iterable[web.RouteDef] = ()
) -> AsyncIterator[None]:
    """Raises ConfigurationError where the port is taken."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/health", endpoint.health),
            web.get("/stats", endpoint.stats),
            web.get("/metrics", endpoint.metrics),
            *more,
        ]
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigurationError("BOT_HTTP_PORT", f"{port} ({error.strerror})", "a free port") from error
        yield
    finally:
        await endpoint.gathering.end()
        await runner.cleanup()
