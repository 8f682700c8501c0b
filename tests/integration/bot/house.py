"""The bot in this process, on a real journal: Telegram is demo/botapi, the worker a hand that writes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.app import run_bot
from demo.botapi import BotApiServer, ChatMessage, Person, World
from pipeline.model.plan import Approval, Plan, Side
from pipeline.model.question import Choice, Question, Way
from pipeline.model.release import Backup, Observation, Project, Release, ReleaseId, ServiceState
from pipeline.model.results import BackedUp, CommitLine, Tested
from pipeline.model.run import Failure, Run
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from pipeline.settings import BotSettings
from pipeline.store.store import Store, open_store
from tests.git_remote import Remote
from tests.ports import free_port

TOKEN = "7000000001:AAFakeTokenForLocalTestsOnly0123456789"
MASTER = 1001
STRANGER = 2002
LIVE_SHA = "1" * 40
GOAL_SHA = "2" * 40
PATIENCE = 90.0


@dataclass
class Hand:
    """Carries a run in the journal as the worker does, without doing anything."""

    store: Store
    run: Run

    @classmethod
    async def claim(cls, store: Store, project: Project) -> Hand:
        """Waits for a run that was asked for and takes it."""
        async with asyncio.timeout(PATIENCE), store.news.subscribe() as news:
            while True:
                active = await store.runs.active(project.id)
                if active is not None and active.state is RunState.REQUESTED:
                    claimed = await store.runs.claim(active.id)
                    assert claimed is not None
                    return cls(store, claimed)
                await news.wait(0.5)

    async def begin(self, *stages: StageName) -> None:
        for stage in stages:
            await self.store.runs.begin(self.run.id, self.run.epoch, stage, list(StageName).index(stage))

    async def succeed(self, stage: StageName) -> None:
        await self.store.runs.end(self.run.id, self.run.epoch, stage, StageState.SUCCEEDED, None)

    async def tell(self, stage: StageName, line: str) -> None:
        await self.store.runs.tell(self.run.id, self.run.epoch, stage, line)

    async def ask(self, *, minutes: float = 30, **changes: Any) -> Approval:
        await self.store.runs.note(self.run.id, self.run.epoch, sha=GOAL_SHA, branch="main")
        await self.begin(StageName.APPROVE)
        plan = make_plan(self.run, **changes)
        expires = datetime.now(UTC) + timedelta(minutes=minutes)
        return await self.store.approvals.open(self.run.epoch, plan, f"nonce-{self.run.id}", expires)

    async def ask_master(self, *, minutes: float = 30) -> Question:
        """As a worker that resumes the run and cannot know how its migration ended."""
        await self.begin(StageName.MIGRATE)
        return await self.store.questions.open(
            self.run.id,
            self.run.epoch,
            StageName.MIGRATE,
            "Nobody saw how the migration ended. Production: app is stopped.",
            [Choice(way=Way.AGAIN, label="Migrate again"), Choice(way=Way.BACK, label="Roll back")],
            Way.BACK,
            f"asked-{self.run.id}",
            datetime.now(UTC) + timedelta(minutes=minutes),
        )

    async def finish(
        self, state: RunState, code: ExitCode = ExitCode.SUCCESS, failure: Failure | None = None
    ) -> None:
        await self.store.runs.finish(self.run.id, self.run.epoch, state, code, failure)


def make_plan(run: Run, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "run_id": run.id,
        "kind": run.kind,
        "project": "sample",
        "live": Side(sha=LIVE_SHA, branch="main", images={"app": "sha256:1"}, compose_hash="1"),
        "goal": Side(sha=GOAL_SHA, branch="main", images={"app": "sha256:2"}, compose_hash="2"),
        "subject": "Answer faster",
        "services": ["app"],
        "commits": [CommitLine(sha=GOAL_SHA, author="Dev", subject="Answer faster")],
        "commit_count": 1,
        "tests": Tested(ran=True, tests=12, coverage=81.5, threshold=70),
        "backup": BackedUp(backup_id=None, path="/b", bytes=2048, sha256="0"),
        "image_bytes": 100 * 1024 * 1024,
    }
    return Plan(**(values | changes))


@dataclass
class House:
    settings: BotSettings
    store: Store
    project: Project
    telegram: BotApiServer
    master: Person
    remote: Remote
    others: list[BotSettings] = field(default_factory=list)
    _bot: asyncio.Task[None] | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def environment(self) -> dict[str, str]:
        """The settings of the bot as a process."""
        chosen = self.settings.model_dump(exclude_none=True)
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in chosen.items()
        }
        return {name.upper(): value for name, value in plain.items()}

    def start(self) -> None:
        self._stop = asyncio.Event()
        self._bot = asyncio.create_task(run_bot([self.settings, *self.others], self._stop, host="127.0.0.1"))

    async def stop(self) -> None:
        """Ends the bot; raises what it ended with."""
        if self._bot is not None:
            bot, self._bot = self._bot, None
            self._stop.set()
            async with asyncio.timeout(PATIENCE):
                await bot

    async def restart_in_vain(self) -> None:
        """Twice, while Telegram takes none of its answers. Then that is over, and the bot stopped."""
        for _ in range(2):
            self.start()
            await self.check("telegram", lambda check: "Internal Server Error" in check.get("detail", ""))
            await self.stop()
        self.telegram.faults.clear()

    async def ended(self) -> BaseException | None:
        """What the bot ended with by itself."""
        assert self._bot is not None
        bot, self._bot = self._bot, None
        await asyncio.wait({bot}, timeout=PATIENCE)
        assert bot.done()
        return bot.exception()

    async def read(self, *words: str, after: ChatMessage | int | None = None) -> ChatMessage:
        """The newest message of the bot that holds all these words, once it is there."""
        return await self.master.wait_for(
            lambda message: all(word in message.text for word in words), PATIENCE, after=after
        )

    async def bot_messages(self) -> list[ChatMessage]:
        return [message for message in await self.master.messages() if not message.outgoing]

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Waits until something is so in the journal."""
        try:
            async with asyncio.timeout(PATIENCE), self.store.news.subscribe() as news:
                while not await holds():
                    await news.wait(0.2)
        except TimeoutError:
            raise AssertionError(f"not so in time: {what}") from None

    async def first_look(self) -> None:
        """Waits until the bot has looked at the remote: what is pushed before is no push to it."""

        async def looked() -> bool:
            return await self.store.pushes.newest(self.project.id, "main") is not None

        await self.until(looked, "the bot looked at the remote")

    async def all_handled(self) -> None:
        async def empty() -> bool:
            bots = self.telegram.world.state()["bots"]
            return not bots[0]["pending_updates"] and not await self.store.inbox.open(1)

        await self.until(empty, "all updates are handled")

    async def audit(self) -> list[Any]:
        """Once all that was said and tapped is in it."""
        await self.all_handled()
        return list(await self.store.pool.fetch("SELECT * FROM audit ORDER BY id"))

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body, once the endpoint is there."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=30, trust_env=False) as client:
            while True:
                try:
                    answer = await client.get(f"http://127.0.0.1:{self.settings.bot_http_port}/health")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                return answer.status_code, answer.json()

    async def check(self, name: str, holds: Callable[[dict[str, str]], bool]) -> None:
        """Waits until one check of /health is so."""
        seen: dict[str, str] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds(seen := (await self.health())[1]["checks"][name]):  # noqa: ASYNC110 - an endpoint tells no events
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"/health says of {name}: {seen}") from None

    async def make_live(self, sha: str) -> Release:
        release = await self.store.releases.add(
            self.project.id,
            run=None,
            sha=sha,
            branch="main",
            images={"app": f"sha256:{sha}"},
            compose_file="/kept/compose.yml",
            compose_hash=sha,
            schema_revision=None,
            backup=None,
            fence=None,
        )
        await self.store.releases.make_live(self.project.id, ReleaseId(release.id), None, fence=None)
        return release

    async def observe(self, **changes: Any) -> None:
        service = ServiceState(
            service="app",
            container="c",
            image="sha256:1",
            running=True,
            health="healthy",
            restarts=0,
            started_at=None,
        )
        values: dict[str, Any] = {
            "at": datetime.now(UTC),
            "worker": "worker",
            "services": [service],
            "disk_free": 0.5,
            "memory_available": 0.25,
        }
        await self.store.releases.observe(self.project.id, Observation(**(values | changes)))

    async def requested(self, text: str = "/deploy") -> Hand:
        """Master types a command and the worker takes the run."""
        await self.master.say(text)
        return await Hand.claim(self.store, self.project)

    async def backed_up(self) -> Backup:
        """A backup that the worker has made."""
        hand = await self.requested("/backup")
        backup = await self.store.releases.add_backup(
            self.project.id,
            (hand.run.id, hand.run.epoch),
            database="server_agent",
            path="/b",
            size=2048,
            sha256="0" * 64,
            manifest_sha256="1" * 64,
        )
        await hand.finish(RunState.SUCCEEDED)
        return backup

    async def runs(self) -> list[tuple[RunKind, str | None]]:
        return [(run.kind, run.target) for run in await self.store.runs.recent(self.project.id, 50)]


def new_world() -> World:
    world = World()
    world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
    return world


@contextlib.asynccontextmanager
async def furnished(
    root: Path, postgres: Any, *, world: World | None = None, **changes: Any
) -> AsyncIterator[House]:
    """A house with everything but a started bot; what was started in it is ended with it."""
    remote = Remote.make(root)
    remote.push("The first commit")
    async with BotApiServer(world or new_world(), port=free_port()) as telegram:
        values: dict[str, Any] = {
            "db_host": postgres.host,
            "db_port": postgres.port,
            "db_user": postgres.user,
            "db_password": postgres.password,
            "pipeline_db_name": await postgres.create_database(),
            "project_name": "sample",
            "git_url": str(remote.bare),
            "git_poll_seconds": 1,
            **{f"{name}_cron": "off" for name in ("backup", "drill", "rollback_drill", "digest")},
            "telegram_api_token": TOKEN,
            "telegram_api_url": telegram.url,
            "master_chat_id": MASTER,
            "bot_http_port": free_port(),
        }
        settings = BotSettings(**(values | changes))
        async with (
            open_store(settings.journal) as store,
            Person(telegram.url, TOKEN, MASTER, first_name="Ada") as master,
        ):
            project = await store.releases.project("sample", str(remote.bare), "main")
            house = House(settings, store, project, telegram, master, remote)
            try:
                yield house
            finally:
                await house.stop()
