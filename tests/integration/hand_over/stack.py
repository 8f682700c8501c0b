"""An installed controller that is a project of itself: real containers, journal, Telegram and repository."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx

from demo.machine.images import Images
from pipeline.containers.compose import find_program
from pipeline.containers.engine import RUN_LABEL
from pipeline.model.release import Project, RunId
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, Source
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store
from tests.git_remote import Remote
from tests.ports import free_port

SAMPLE = Path(__file__).with_name("sample")
ROOT = Path(__file__).resolve().parents[3]
TOKEN = "7000000001:AAFakeTokenForLocalTestsOnly0123456789"
PASSWORD = "hand-over-of-a-test"
MASTER = 1001
PATIENCE = 240.0


@dataclass
class Stack:
    store: Store
    project: Project
    remote: Remote
    name: str
    client: docker.DockerClient
    page: str
    compose: list[str]
    environment: dict[str, str]

    def command(self, *words: str) -> tuple[int, str]:
        """Exit code and output of compose with these words, as a person gives them in the installation."""
        done = subprocess.run(
            [*self.compose, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout

    async def until(
        self, run: RunId, wanted: Callable[[RunView], Awaitable[bool] | bool], patience: float = PATIENCE
    ) -> RunView:
        async with asyncio.timeout(patience), self.store.news.subscribe() as news:
            while True:
                view = await self.store.runs.view(run)
                answer = wanted(view)
                if answer if isinstance(answer, bool) else await answer:
                    return view
                await news.wait(1)

    async def approved(self, kind: RunKind = RunKind.DEPLOY, target: str | None = None) -> RunId:
        """The run, past its gate."""
        asked = await self.store.runs.request(
            self.project.id, kind, source=Source.CLI, by="tester", target=target
        )
        view = await self.until(asked.id, lambda v: v.run.state is RunState.AWAITING or v.run.state.final)
        assert view.run.state is RunState.AWAITING, view.run.failure
        approval = await self.store.approvals.of_run(asked.id)
        assert approval is not None
        assert await self.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        return asked.id

    async def end(self, run: RunId) -> RunView:
        return await self.until(run, lambda v: v.run.state.final)

    def containers(self, service: str | None = None) -> list[Any]:
        """Of the group, or of one service; one-off ones too where none is named."""
        labels = [f"com.docker.compose.project={self.name}"]
        if service:
            labels += [f"com.docker.compose.service={service}", "com.docker.compose.oneoff=False"]
        return self.client.containers.list(all=True, ignore_removed=True, filters={"label": labels})

    def container(self, name: str) -> Any | None:
        try:
            return self.client.containers.get(name)
        except docker.errors.NotFound:
            return None

    async def tidy(self) -> list[str]:
        """Names of containers once nothing of a hand-over is left; waits for that."""
        wanted = sorted(f"{self.name}-{service}-1" for service in ("bot", "postgres", "telegram", "worker"))
        async with asyncio.timeout(60):
            while (found := sorted(one.name for one in self.containers())) != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.5)  # Docker removes, and the journal does not tell
        return found


def build(images: Images, tag: str) -> str:
    """The controller's image as this repository's Dockerfile makes it; its name."""
    _build(tag, ROOT, target="runtime", PYTHON_IMAGE=images.python)
    return tag


def _build(tag: str, context: Path, *, target: str = "", **args: str) -> None:
    """As a run would have built it: its label is on all that is made from the image."""
    chosen = [f"--target={target}"] if target else []
    given = [part for key, value in args.items() for part in ("--build-arg", f"{key}={value}")]
    labels = {"org.opencontainers.image.revision": args.get("REVISION", "unknown"), RUN_LABEL: "1"}
    labelled = [part for key, value in labels.items() for part in ("--label", f"{key}={value}")]
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", tag, *labelled, *chosen, *given, str(context)],
        check=True,
        capture_output=True,
        timeout=900,
    )


@contextlib.asynccontextmanager
async def installed(root: Path, images: Images, base: str, **chosen: str) -> AsyncIterator[Stack]:
    """With the settings that are `chosen`; everything of it is gone afterwards."""
    journal, page = free_port(), free_port()
    name = f"vnext-test-{page}"
    directory = root / "installation"
    remote = Remote.make(root)
    shutil.copytree(SAMPLE, remote.clone, dirs_exist_ok=True)
    shutil.copytree(SAMPLE, directory)
    first = remote.push("The first version")
    given = {
        "COMPOSE_PROJECT_NAME": name,
        "CONTROLLER_IMAGE": f"{name}:live",
        "BASE_IMAGE": base,
        "POSTGRES_IMAGE": images.postgres,
        "DB_PASSWORD": PASSWORD,
        "TELEGRAM_API_TOKEN": TOKEN,
        "JOURNAL_PORT": str(journal),
        "PAGE_PORT": str(page),
        "REMOTE": str(remote.bare),
    }
    settings = {
        "TELEGRAM_API_TOKEN": TOKEN,
        "TELEGRAM_API_URL": "http://telegram:8081",
        "MASTER_CHAT_ID": str(MASTER),
        "DB_PASSWORD": PASSWORD,
        "DB_NAME": "pipeline",
        "PROJECT_NAME": "controller",
        "DEPLOYMENT_GROUP": "controller",
        "DOCKER_IMAGE_BASE": name,
        "API_URL": "http://bot:8080",
        "GIT_URL": str(remote.bare),
        "BACKUP_CRON": "off",
        "DRILL_CRON": "off",
        "ROLLBACK_DRILL_CRON": "off",
        "DIGEST_CRON": "off",
        "STARTUP_WAIT": "1",
        "DEPLOYMENT_TIMEOUT": "60",
        "PROBATION_MINUTES": "0",
        **chosen,
    }
    (directory / ".env.vnext").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    await asyncio.to_thread(_build, f"{name}:live", directory, BASE=base, REVISION=first)
    compose = [*(await find_program()), "--project-name", name, "--project-directory", str(directory)]
    compose += ["-f", str(directory / "docker-compose-vnext.yml")]
    client, environment = docker.from_env(), {**os.environ, **given}
    try:
        await asyncio.to_thread(_run, [*compose, "up", "--detach", "--wait"], environment)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{page}", trust_env=False) as telegram:
            (await telegram.post(f"/_/chats/{MASTER}/messages", json={"text": "/start"})).raise_for_status()
        address = Address(
            host="127.0.0.1", port=journal, user="agent", password=PASSWORD, database="pipeline"
        )
        async with open_store(address) as store:
            project = await store.releases.project("controller", str(remote.bare), "main")
            yield Stack(
                store, project, remote, name, client, f"http://127.0.0.1:{page}", compose, environment
            )
    finally:
        await asyncio.to_thread(_clear, client, name)
        client.close()


def _run(argv: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr + _logs(argv, environment)


def _logs(compose: list[str], environment: dict[str, str]) -> str:
    words = [*compose[: compose.index("up")], "logs", "--tail", "30"]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=60, check=False
    ).stdout


def _clear(client: docker.DockerClient, name: str) -> None:
    label: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={name}"}
    deadline = time.monotonic() + PATIENCE
    while left := client.containers.list(all=True, ignore_removed=True, filters=label):
        assert time.monotonic() < deadline, left
        for container in left:
            with contextlib.suppress(docker.errors.APIError):  # somebody removes it already
                container.remove(force=True, v=True)
        time.sleep(0.2)
    for network in client.networks.list(filters=label):
        network.remove()
    for volume in client.volumes.list(filters=label):
        volume.remove(force=True)
    for image in client.images.list(filters={"reference": f"{name}*"}):
        with contextlib.suppress(docker.errors.APIError):
            client.images.remove(str(image.id), force=True, noprune=True)
