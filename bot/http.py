"""The bot's own endpoints: GET /health, /stats and /metrics, and the webhooks where they are wanted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

from aiohttp import web

from bot.cards.status import silence
from bot.gathering import Gathering
from bot.health import Check, Health, report
from bot.stats import stats
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.pause import Pause
from pipeline.model.release import ProjectId
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
        self._journal: tuple[Store, ProjectId] | None = None
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
        database, worker, paused, telling = await self._look()
        status, body = report(
            {
                "database": database,
                "telegram": self._health.telegram,
                "scheduler": self._health.looks,
                "worker": worker,
            },
            paused,
            telling,
        )
        return web.json_response(body, status=status)

    async def _look(self) -> tuple[Check, Check, Pause | None, Running | None]:
        well = Check(status="ok")
        unknown = Check(status="degraded", detail="not known without the database")
        if self._journal is None:
            return Check(status="down", detail="not connected yet"), unknown, None, None
        store, project = self._journal
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                seen = await store.releases.observation(project)
                paused = await store.pauses.current(project)
                telling = await store.processes.newest("worker")
        except (PipelineError, *LOST) as error:
            return Check(status="down", detail=str(error) or type(error).__name__), unknown, None, None
        if seen is None:
            return well, Check(status="degraded", detail="has not told anything yet"), paused, telling
        quiet = silence(seen, datetime.now(UTC))
        if quiet is not None:
            return well, Check(status="degraded", detail=f"silent for {span(quiet)}"), paused, telling
        return well, well, paused, telling


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
