"""A real installation in miniature: a remote, a compose project, a database, and a worker in this process."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
import docker.errors
import httpx

from pipeline.cancelling import end
from pipeline.cli.running import CLEAN_UP_SECONDS
from pipeline.engine.probation.watching import PACE, Pace
from pipeline.model.plan import Approval
from pipeline.model.release import Project, RunId
from pipeline.model.run import Run, RunView
from pipeline.model.states import ApprovalState, RunKind, RunState, Source, StageName
from pipeline.settings import WorkerSettings
from pipeline.store.store import Store, open_store
from pipeline.worker import work
from tests.git_remote import Remote
from tests.ports import free_port

SAMPLE = Path(__file__).with_name("sample")
PATIENCE = 180.0


@dataclass
class Stack:
    settings: WorkerSettings
    store: Store
    project: Project
    remote: Remote
    directory: Path
    client: docker.DockerClient
    others: tuple[WorkerSettings, ...] = ()
    _worker: asyncio.Task[None] | None = None

    def start_worker(self, probation: Pace = PACE) -> None:
        self._worker = asyncio.create_task(work(self.settings, *self.others, probation=probation))

    async def stop_worker(self) -> None:
        if self._worker:
            async with asyncio.timeout(PATIENCE):
                await end([self._worker], again=CLEAN_UP_SECONDS)
            self._worker = None

    async def request(self, kind: RunKind, target: str | None = None, source: Source = Source.CLI) -> Run:
        return await self.store.runs.request(self.project.id, kind, source=source, by="tester", target=target)

    async def until(self, run: RunId, wanted: Callable[[RunView], Awaitable[bool] | bool]) -> RunView:
        """Follows the run by the journal's news until it is as wanted."""
        async with asyncio.timeout(PATIENCE), self.store.news.subscribe() as news:
            while True:
                view = await self.store.runs.view(run)
                answer = wanted(view)
                if answer if isinstance(answer, bool) else await answer:
                    return view
                if self._worker and self._worker.done():
                    self._worker.result()
                await news.wait(1)

    async def asked(self) -> Approval:
        """The plan of a deploy that was asked for just now."""
        return await self.plan((await self.request(RunKind.DEPLOY)).id)

    async def plan(self, run: RunId) -> Approval:
        view = await self.until(run, lambda v: v.run.state is RunState.AWAITING or v.run.state.final)
        assert view.run.state is RunState.AWAITING, view.run.failure
        approval = await self.store.approvals.of_run(run)
        assert approval is not None
        return approval

    async def end(self, run: RunId) -> RunView:
        return await self.until(run, lambda v: v.run.state.final)

    async def begun(self, run: RunId, stage: StageName) -> int:
        """How often the stage was begun."""
        events = await self.store.runs.events(run)
        return sum(event["kind"] == "stage_started" and event["stage"] == stage for event in events)

    async def deploy(self, target: str | None = None) -> RunView:
        """A whole deploy, approved at the gate if it comes there."""
        run = await self.request(RunKind.DEPLOY, target)
        view = await self.until(run.id, lambda v: v.run.state is RunState.AWAITING or v.run.state.final)
        if view.run.state is RunState.AWAITING:
            approval = await self.store.approvals.of_run(run.id)
            assert approval is not None
            assert await self.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        return await self.end(run.id)

    async def served(self) -> dict[str, Any] | None:
        """What /health answers, None where nothing serves."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer: dict[str, Any] = (await client.get(f"{self.settings.api_url}/health")).json()
        except httpx.TransportError:
            return None
        return answer

    def containers(self, *, oneoff: bool = False) -> list[Any]:
        label = f"com.docker.compose.project={self.settings.compose_project_name}"
        found = self.client.containers.list(all=True, ignore_removed=True, filters={"label": label})
        return [c for c in found if (c.labels["com.docker.compose.oneoff"] == "True") == oneoff]


@contextlib.asynccontextmanager
async def installed(
    root: Path, monkeypatch: Any, postgres: Any, images: Any, *, sample: Path = SAMPLE, **settings: Any
) -> AsyncIterator[Stack]:
    """A sample as an installed stack of its own; everything of it is gone afterwards."""
    port = free_port()
    name = f"vnext-test-{secrets.token_hex(4)}"
    monkeypatch.setenv("DOCKER_IMAGE_BASE", name)
    monkeypatch.setenv("PYTHON_IMAGE", images.python)
    monkeypatch.setenv("APP_PORT", str(port))
    directory = root / "installation"
    directory.mkdir()
    shutil.copy(sample / "compose.yml", directory)
    remote = Remote.make(root)
    shutil.copytree(sample, remote.clone, dirs_exist_ok=True)
    chosen = {
        "db_host": postgres.host,
        "db_port": postgres.port,
        "db_user": postgres.user,
        "db_password": postgres.password,
        "db_name": await postgres.create_database(),
        "pipeline_db_name": f"journal_{secrets.token_hex(6)}",
        "git_url": str(remote.bare),
        "docker_compose_file": directory / "compose.yml",
        "compose_project_name": name,
        "api_url": f"http://127.0.0.1:{port}",
        "state_dir": root / "state",
        "smoke_delay": 0.2,
        "smoke_attempts": 2,
        "deployment_timeout": 60,
        "rehearse": "never",
        "probation_minutes": 0,
        **settings,
    }
    client = docker.from_env()
    try:
        async with open_store(WorkerSettings(**chosen).journal) as store:
            checked = WorkerSettings(**chosen)
            project = await store.releases.project(checked.project_name, checked.git_url, checked.git_branch)
            stack = Stack(checked, store, project, remote, directory, client)
            try:
                yield stack
            finally:
                await stack.stop_worker()
    finally:
        label = f"com.docker.compose.project={name}"
        for container in client.containers.list(all=True, ignore_removed=True, filters={"label": label}):
            _remove(container)
        for network in client.networks.list(filters={"label": label}):
            network.remove()
        named = [tag for image in client.api.images() for tag in image["RepoTags"] or ()]
        built = client.api.images(filters={"label": f"deployment.project={name}"})
        for image in [*(tag for tag in named if tag.startswith(name)), *(image["Id"] for image in built)]:
            with contextlib.suppress(docker.errors.NotFound):  # what the worker was about to remove
                client.images.remove(image, force=True, noprune=True)  # others build on its layers now
        client.close()


def _remove(container: Any) -> None:
    """Gone when this returns, whoever else is removing it."""
    with contextlib.suppress(docker.errors.NotFound):
        try:
            container.remove(force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            container.wait(condition="removed", timeout=PATIENCE)


@contextlib.asynccontextmanager
async def with_a_second_version(
    root: Path, monkeypatch: Any, postgres: Any, images: Any
) -> AsyncIterator[Stack]:
    """The sample's first version is live, and a second one is pushed."""
    async with installed(root, monkeypatch, postgres, images) as stack:
        stack.start_worker()
        stack.remote.push("The first version")
        view = await stack.deploy()
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
        stack.remote.edit("app.py", 'VERSION = "one"', 'VERSION = "two"')
        stack.remote.push("The second version")
        yield stack


SECOND = "shop"


@contextlib.asynccontextmanager
async def with_a_second_project(
    root: Path, monkeypatch: Any, postgres: Any, images: Any
) -> AsyncIterator[tuple[Stack, Stack]]:
    """Two projects of one installation, served by the worker of the first: in one compose project, each with
    a repository, a compose file and a database of its own. Their first versions are pushed."""
    async with installed(root, monkeypatch, postgres, images, projects=SECOND) as first:
        port = free_port()
        monkeypatch.setenv("SHOP_PORT", str(port))
        text = (
            (SAMPLE / "compose.yml")
            .read_text()
            .replace("${DOCKER_IMAGE_BASE}", f"{first.settings.compose_project_name}-{SECOND}")
            .replace("APP_PORT", "SHOP_PORT")
            .replace("  app:", f"  {SECOND}:")
            .replace("deployment.group: agent", f"deployment.group: {SECOND}")
            .replace("deployment.service: app", f"deployment.service: {SECOND}")
        )
        directory = root / "beside"
        (directory / "installation").mkdir(parents=True)
        (directory / "installation" / "compose.yml").write_text(text)
        remote = Remote.make(directory)
        shutil.copytree(SAMPLE, remote.clone, dirs_exist_ok=True)
        remote.write("compose.yml", text)
        settings = first.settings.model_copy(
            update={
                "project_name": SECOND,
                "deployment_group": SECOND,
                "git_url": str(remote.bare),
                "db_name": await postgres.create_database(),
                "docker_compose_file": directory / "installation" / "compose.yml",
                "docker_image_base": f"{first.settings.compose_project_name}-{SECOND}",
                "api_url": f"http://127.0.0.1:{port}",
            }
        )
        project = await first.store.releases.project(SECOND, settings.git_url, settings.git_branch)
        first.others = (settings,)
        second = Stack(settings, first.store, project, remote, directory / "installation", first.client)
        first.remote.push("The first version")
        remote.push("The first version")
        yield first, second
