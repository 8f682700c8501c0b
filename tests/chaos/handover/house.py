"""An installation whose bot and worker are containers, as a person has it, and which replaces both itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import httpx

from demo.machine.images import Images
from pipeline.model.states import RunKind
from pipeline.of_project import CONTROLLER as PROJECT
from pipeline.store.connect import Address
from tests.chaos.chat import MASTER, TOKEN, Chat
from tests.chaos.daemon import Daemon
from tests.chaos.handover import parts as of_house
from tests.chaos.handover.image import CONTROLLER
from tests.chaos.handover.parts import Part
from tests.chaos.journal import Journal
from tests.chaos.points import Points
from tests.git_remote import Remote
from tests.ports import free_port

SAMPLE = Path(__file__).with_name("sample")
SERVICES = frozenset({"postgres", "app", "bot", "worker"})
OUTSIDE = "host.docker.internal"
"""This program, as the containers name it."""

_UP_SECONDS = 240.0
_READY_SECONDS = 120.0
_LOOK_SECONDS = 0.3
_ASK = """
    WITH run AS (
        INSERT INTO runs (project_id, kind, source, requested_by, target)
        SELECT id, $2, 'cli', 'Ada', $3 FROM projects WHERE name = $1 RETURNING id
    )
    INSERT INTO events (run_id, kind) SELECT id, 'requested' FROM run
"""


@dataclass
class House:
    """`live` and `previous` are the commits that the pair should tell now and after a rollback."""

    name: str
    folder: Path
    daemon: Daemon
    images: Images
    chat: Chat = field(default_factory=lambda: Chat("0.0.0.0"))
    live: str = ""
    previous: str | None = None
    made: int = 0
    postgres_port: int = field(default_factory=free_port)
    bot_port: int = field(default_factory=free_port)
    git_port: int = field(default_factory=free_port)
    remote: Remote = field(init=False)
    journal: Journal = field(init=False)
    points: Points = field(init=False)
    _git: subprocess.Popen[bytes] | None = None

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def installation(self) -> Path:
        return self.folder / "installation"

    @property
    def project(self) -> str:
        return f"chaos-{self.name}"

    @property
    def telegram(self) -> str:
        """The Bot API server, as the containers name it."""
        return f"http://{OUTSIDE}:{self.chat.server.port}"

    async def open(self) -> None:
        for name in ("logs", "points", "git", "installation"):
            (self.folder / name).mkdir(parents=True)
        self.points = Points(self.folder / "points" / "points", list, of_house.who)
        await self.points.__aenter__()
        await self.chat.server.start()
        self.remote = Remote.make(self.folder)
        self.remote.bare.rename(self.folder / "git" / f"{PROJECT}.git")
        self.remote.git("remote", "set-url", "origin", str(self.folder / "git" / f"{PROJECT}.git"))
        (self.folder / "git" / "sample.git").symlink_to(self.folder / "git" / f"{PROJECT}.git")
        self._serve_git()
        self._lay()
        self.live = self.commit()
        at = Address(
            host="127.0.0.1",
            port=self.postgres_port,
            user="postgres",
            password="throwaway",
            database="journal",
        )
        self.journal = Journal(at)
        await self._install()
        await self._until_ready()
        self.chat.say("/start")  # until then the bot may not write to Master

    def commit(self, changes: Mapping[str, str] | None = None) -> str:
        """Pushes a version of its own, whose compose file differs from the installed one by `changes`."""
        self.made += 1
        self.remote.write("version", f"{self.name}.{self.made}\n")
        text = (self.installation / "compose.yml").read_text()
        for old, new in (changes or {}).items():
            if old not in text:
                raise LookupError(old)
            text = text.replace(old, new)
        self.remote.write("compose.yml", text)
        return self.remote.push(f"Version {self.made}")

    async def ask(self, kind: RunKind, target: str | None = None) -> None:
        await self.journal.rows(_ASK, PROJECT, kind.value, target)

    async def parts(self) -> list[Part]:
        """Raises DockerException, OSError while the daemon is away."""
        return await asyncio.to_thread(lambda: of_house.parts(self.daemon.client, self.project))

    async def part(self, role: str) -> Part | None:
        """The newest that runs and is one."""
        return next((part for part in await self.parts() if part.running and part.is_a(role)), None)

    async def health(self) -> dict[str, Any] | None:
        """What the bot tells of itself, None where it does not answer or is unwell."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{self.bot_port}/health")
        except httpx.TransportError:
            return None
        found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return found or None

    async def inside(self, part: Part, *words: str) -> tuple[int, str]:
        """A command in a container: exit code and output."""

        def execute() -> tuple[int, str]:
            container = self.daemon.client.containers.get(part.id)
            done = container.exec_run(list(words))
            output: Any = done.output
            return done.exit_code or 0, output.decode(errors="replace")

        return await asyncio.to_thread(execute)

    def networks(self) -> list[str]:
        found = self.daemon.client.networks.list()
        return sorted(name for network in found if (name := network.name or "").startswith(self.project))

    async def until(self, holds: Callable[[list[Part]], bool], seconds: float) -> bool:
        """Whether the containers came to be so within that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    with contextlib.suppress(docker.errors.DockerException, OSError):
                        if holds(await self.parts()):
                            return True
                    await asyncio.sleep(_LOOK_SECONDS)
        return False

    def keep_logs(self) -> None:
        """What each container said goes to a file; those that are removed take theirs along."""
        for part in of_house.parts(self.daemon.client, self.project):
            with contextlib.suppress(docker.errors.APIError):
                text = self.daemon.client.containers.get(part.id).logs(timestamps=True)
                (self.logs / f"{part.name}-{part.id[:12]}.log").write_bytes(text)

    async def close(self) -> None:
        """Everything of it is gone afterwards, but its logs and its images."""
        if self._git is not None:
            self._git.kill()
            await asyncio.to_thread(self._git.wait)
        self.journal.close()
        await asyncio.to_thread(self._remove)
        await self.points.__aexit__()
        await self.chat.server.stop()

    def _serve_git(self) -> None:
        argv = ["git", "daemon", "--export-all", "--reuseaddr", f"--port={self.git_port}"]
        with (self.logs / "git.log").open("ab") as log:
            self._git = subprocess.Popen(
                [*argv, f"--base-path={self.folder / 'git'}", str(self.folder / "git")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _lay(self) -> None:
        """The repository as its developers have it, and the installed compose file."""
        shutil.copy(SAMPLE / "Dockerfile", self.remote.clone)
        text = (SAMPLE / "compose.yml").read_text()
        for name, value in self._values().items():
            text = text.replace(f"@{name}@", value)
        (self.installation / "compose.yml").write_text(text)

    def _values(self) -> dict[str, str]:
        return {
            "PROJECT": self.project,
            "CONTROLLER": CONTROLLER,
            "PYTHON": self.images.python,
            "POSTGRES": self.images.postgres,
            "POSTGRES_PORT": str(self.postgres_port),
            "BOT_PORT": str(self.bot_port),
            "GIT": f"git://{OUTSIDE}:{self.git_port}",
            "TELEGRAM": self.telegram,
            "TOKEN": TOKEN,
            "MASTER": str(MASTER),
            "DOCKER_SOCKET": self.daemon.host.removeprefix("unix://"),
            "POINTS": str(self.folder / "points"),
        }

    async def _install(self) -> None:
        """The first version, as a person installs it."""
        build = ["docker", "build", "--quiet", "--tag", f"{self.project}-controller:live"]
        build += ["--build-arg", f"CONTROLLER={CONTROLLER}", "--build-arg", f"REVISION={self.live}"]
        await self._run(*build, str(self.remote.clone))
        file = ["-p", self.project, "-f", str(self.installation / "compose.yml")]
        await self._run(*_compose(), *file, "up", "--detach", "--no-build")

    async def _run(self, *argv: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env={**os.environ, "COMPOSE_PROGRESS": "plain"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(_UP_SECONDS):
            out, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {out.decode()[-3000:]}")

    async def _until_ready(self) -> None:
        async with asyncio.timeout(_READY_SECONDS):
            known = "SELECT 1 FROM projects WHERE name = $1"
            while not await self.journal.row(known, PROJECT) or await self.health() is None:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)

    def _remove(self) -> None:
        client = self.daemon.client
        for part in of_house.parts(client, self.project):
            with contextlib.suppress(docker.errors.APIError):
                client.containers.get(part.id).remove(force=True, v=True)
        for network in client.networks.list():
            if (network.name or "").startswith(self.project):
                with contextlib.suppress(docker.errors.APIError):
                    network.remove()
        for volume in client.volumes.list():
            if volume.name.startswith(f"{self.project}_"):
                with contextlib.suppress(docker.errors.APIError):
                    volume.remove(force=True)


def _compose() -> tuple[str, ...]:
    ours = Path(sys.executable).with_name("docker-compose")
    alone = shutil.which("docker-compose") or (str(ours) if ours.exists() else None)
    return (alone,) if alone else ("docker", "compose")
