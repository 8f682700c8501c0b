"""One installation of its own: PostgreSQL, application, remote, Telegram, bot and worker, over many runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import httpx

from demo.machine.images import Images
from pipeline.chaos import SWITCH
from pipeline.store.connect import Address
from tests.chaos.actors import Actor, end_all, orphans
from tests.chaos.chat import MASTER, TOKEN, Chat
from tests.chaos.daemon import Daemon
from tests.chaos.ground import CODE
from tests.chaos.journal import Journal
from tests.chaos.points import Points
from tests.chaos.shims import Shims
from tests.git_remote import Remote
from tests.ports import free_port

SAMPLE = Path(__file__).with_name("sample")
PROJECT = "sample"
_STATE = "48m"
_ROOMY = "400m"
"""What a restore wants to see free; a file that fills it would be in memory."""
_READY_SECONDS = 90.0
_DATABASE = "CREATE TABLE notes AS SELECT n, md5(n::text) AS text FROM generate_series(1, 2000) AS n"


@dataclass
class House:
    """`live` and `previous` are the versions that /health should tell now and after a rollback."""

    name: str
    folder: Path
    daemon: Daemon
    images: Images
    chat: Chat = field(default_factory=Chat)
    live: str = ""
    previous: str | None = None
    made: int = 0
    extra: int = 0
    postgres_port: int = field(default_factory=free_port)
    app_port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    remote: Remote = field(init=False)
    journal: Journal = field(init=False)
    application: Journal = field(init=False)
    points: Points = field(init=False)
    shims: Shims = field(init=False)
    worker: Actor = field(init=False)
    bot: Actor = field(init=False)
    postgres: Any = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def code(self) -> Path:
        return self.folder.parent / CODE

    @property
    def project(self) -> str:
        return f"chaos-{self.name}"

    async def open(self) -> None:
        for name in ("state", "logs", "tmp", "tmp-bot", "migrated", "installation"):
            (self.folder / name).mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_STATE}", "none", self.state], check=True)  # noqa: ASYNC221
        self.shims = Shims.make(self.folder / "shims")
        self.points = Points(self.folder / "points", lambda: orphans(self.name))
        await self.points.__aenter__()
        await self.chat.server.start()
        self.remote = Remote.make(self.folder)
        shutil.copytree(SAMPLE, self.remote.clone, dirs_exist_ok=True)
        shutil.copy(SAMPLE / "compose.yml", self.folder / "installation")
        self.live = self.next_version()
        self.commit(VERSION=self.live)
        at = Address(
            host="127.0.0.1", port=self.postgres_port, user="postgres", password="throwaway", database=""
        )
        self.journal = Journal(Address(**{**vars(at), "database": "journal"}))
        self.application = Journal(Address(**{**vars(at), "database": "application"}))
        await asyncio.gather(asyncio.to_thread(self._start_postgres), self._install())
        await self.application.rows(_DATABASE)
        self.worker = self.actor("worker", "-m", "pipeline", "worker")
        self.bot = self.actor("bot", "-m", "bot")
        self.bot.environment = {**self.bot.environment, "TMPDIR": str(self.folder / "tmp-bot")}
        await asyncio.gather(self.worker.start(), self.bot.start())
        await self._until_ready()

    def actor(self, name: str, *words: str) -> Actor:
        return Actor(f"{self.name}/{name}", words, self._environment(), self.code, self.logs)

    async def configure(self, settings: Mapping[str, str]) -> None:
        """Lets the worker run with these settings besides its usual ones."""
        if settings != self.settings:
            await self.worker.retire()
            await self.worker.start(settings)
            self.settings = settings

    def next_version(self) -> str:
        """Of this house alone, for images of the same content are one to all houses."""
        self.made += 1
        return f"{self.name}.{self.made}"

    def second_worker(self) -> Actor:
        self.extra += 1
        return self.actor(f"second{self.extra}", "-m", "pipeline", "worker")

    def commit(self, **knobs: object) -> str:
        values = {
            "HEALTHY": True,
            "DIES": False,
            "SUITE_SECONDS": 0,
            "MIGRATION_SECONDS": 0,
            **knobs,
        }
        lines = [f"{name} = {value!r}\n" for name, value in values.items()]
        (self.remote.clone / "knobs.py").write_text("".join(lines))
        return self.remote.push(f"Version {values['VERSION']}")

    async def served(self) -> str | None:
        """The version that /health tells, None where nothing serves or what serves is unwell."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{self.app_port}/health")
        except httpx.TransportError:
            return None
        return str(answer.json()["version"]) if answer.status_code == 200 else None

    def migrations(self, version: str) -> int:
        file = self.folder / "migrated" / "versions"
        return file.read_text().splitlines().count(version) if file.exists() else 0

    def app_containers(self) -> list[Any]:
        label = f"com.docker.compose.project={self.project}"
        found = self.daemon.client.containers.list(all=True, ignore_removed=True, filters={"label": label})
        return [c for c in found if c.labels.get("com.docker.compose.oneoff") == "False"]

    def widen(self, *, roomy: bool) -> None:
        """The disk of STATE_DIR."""
        size = _ROOMY if roomy else _STATE
        subprocess.run(["mount", "-o", f"remount,size={size}", self.state], check=True)

    def trim(self) -> None:
        """The backups of earlier cells would fill the small disk."""
        dumps = sorted((self.state / "backups" / PROJECT).glob("*.dump.zst"), key=lambda p: p.stat().st_mtime)
        for dump in dumps[:-2]:
            dump.unlink()

    async def close(self) -> None:
        """Everything of it is gone afterwards, but its logs."""
        for actor in (self.worker, self.bot):
            await actor.stay_down()
        end_all(self.name)
        self.journal.close()
        self.application.close()
        await self.points.__aexit__()
        await self.chat.server.stop()
        await asyncio.to_thread(self._remove_containers)
        subprocess.run(["umount", "--lazy", self.state], check=False)  # noqa: ASYNC221

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.shims.folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DOCKER_HOST": self.daemon.host,
            "TMPDIR": str(self.folder / "tmp"),
            SWITCH: str(self.points.path),
            "DB_HOST": "127.0.0.1",
            "DB_PORT": str(self.postgres_port),
            "DB_NAME": "application",
            "DB_USER": "postgres",
            "DB_PASSWORD": "throwaway",
            "PIPELINE_DB_NAME": "journal",
            "PROJECT_NAME": PROJECT,
            "GIT_URL": str(self.remote.bare),
            "GIT_POLL_SECONDS": "86400",
            "BACKUP_CRON": "off",
            "DRILL_CRON": "off",
            "ROLLBACK_DRILL_CRON": "off",
            "DIGEST_CRON": "off",
            "TELEGRAM_API_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.chat.server.url,
            "MASTER_CHAT_ID": str(MASTER),
            "BOT_HTTP_PORT": str(free_port()),
            "DOCKER_IMAGE_BASE": self.project,
            "DOCKER_COMPOSE_FILE": str(self.folder / "installation" / "compose.yml"),
            "COMPOSE_PROJECT_NAME": self.project,
            "API_URL": f"http://127.0.0.1:{self.app_port}",
            "STATE_DIR": str(self.state),
            "SMOKE_ATTEMPTS": "3",
            "SMOKE_DELAY": "0.3",
            "PROBATION_MINUTES": "0",
            "DEPLOYMENT_TIMEOUT": "60",
            "REHEARSE": "never",
            "APP_PORT": str(self.app_port),
            "MIGRATED": str(self.folder / "migrated"),
            "PYTHON_IMAGE": self.images.python,
        }

    def _start_postgres(self) -> None:
        self.postgres = self.daemon.client.containers.run(
            self.images.postgres,
            ["postgres", "-c", "fsync=off", "-c", "max_connections=60"],
            name=f"{self.project}-postgres",
            environment={
                "POSTGRES_PASSWORD": "throwaway",
                "POSTGRES_DB": "application",
                "POSTGRES_INITDB_ARGS": "--no-sync",
            },
            ports={"5432/tcp": ("127.0.0.1", self.postgres_port)},
            volumes={f"{self.project}-postgres": {"bind": "/var/lib/postgresql/data"}},
            restart_policy={"Name": "always"},
            detach=True,
        )

    async def _install(self) -> None:
        """The first version, as a person installs it."""
        live = f"{self.project}:live"
        source, file = str(self.remote.clone), str(self.folder / "installation" / "compose.yml")
        build = ["docker", "build", "--quiet", "--build-arg", "PYTHON_IMAGE", "--tag", live, source]
        await self._run(*build)
        await self._run(*self.shims.compose, "-p", self.project, "-f", file, "up", "-d", "--no-build")

    async def _run(self, *argv: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *argv, env=self._environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        out, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {out.decode()}")

    async def _until_ready(self) -> None:
        async with asyncio.timeout(_READY_SECONDS):
            observed = "SELECT 1 FROM observations"
            while not await self.journal.row(observed) or await self.served() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    def _remove_containers(self) -> None:
        client = self.daemon.client
        for container in client.containers.list(all=True):
            if container.name.startswith(f"{self.project}-"):
                with contextlib.suppress(docker.errors.APIError):
                    container.remove(force=True, v=True)
        for network in client.networks.list(names=[self.project]):
            with contextlib.suppress(docker.errors.APIError):
                network.remove()
        with contextlib.suppress(docker.errors.APIError):
            client.volumes.get(f"{self.project}-postgres").remove(force=True)
