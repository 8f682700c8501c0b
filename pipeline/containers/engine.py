"""The Docker Engine API, off the event loop, with time-outs and errors in words."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import datetime
from typing import Any, Literal, TypeVar

import docker
import docker.errors
import requests

from pipeline.containers.archive import TooLarge, files_of
from pipeline.containers.aside import aside
from pipeline.containers.container import Container, Image, container_of
from pipeline.model.errors import PipelineError
from pipeline.process import Lines

__all__ = ["PROJECT_LABEL", "RUN_LABEL", "Container", "Engine", "EngineRefused", "EngineUnreachable", "Image"]

RUN_LABEL = "deployment.run"
PROJECT_LABEL = "deployment.project"
_CALL_SECONDS = 60
_ASK_SECONDS = 5.0
_PAUSE_SECONDS = 0.2
_PAUSE_MOST = 5.0
_DRAIN_SECONDS = 1.0
_REMOVE_SECONDS = 10.0
_GRACE_SECONDS = 10  # Docker's own, of a container that names none
T = TypeVar("T")


class EngineUnreachable(PipelineError):
    """The Docker daemon does not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Docker does not answer: {reason}.",
            production="What runs there goes on by itself; nothing was asked of it.",
            advice="Check that the daemon runs and that the worker may use its socket (DOCKER_HOST).",
        )


class EngineRefused(PipelineError):
    """The Docker daemon answered with an error."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Docker refused: {reason}.", advice="See what it names, then try again.")


class Engine:
    """One daemon, found as the docker command line finds it (DOCKER_HOST, else the socket)."""

    def __init__(self) -> None:
        self._client: docker.DockerClient | None = None

    async def _call(
        self, work: Callable[[docker.DockerClient], T], *, late: Callable[[T], object] | None = None
    ) -> T:
        """Cancelling abandons the call; the daemon may carry it out all the same."""

        def guarded() -> T:
            try:
                if self._client is None:
                    self._client = docker.from_env(timeout=_CALL_SECONDS)
                return work(self._client)
            except docker.errors.APIError as error:
                raise EngineRefused(str(error.explanation or error)) from error
            except TimeoutError:
                raise
            except (docker.errors.DockerException, requests.RequestException, OSError) as error:
                raise EngineUnreachable(str(error)) from error

        return await aside(guarded, late=late)

    async def ask(
        self, work: Callable[[docker.DockerClient], T], *, late: Callable[[T], object] | None = None
    ) -> T:
        """For what is asked elsewhere in this package. Raises EngineUnreachable, EngineRefused."""
        return await self._call(work, late=late)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    async def ping(self) -> None:
        """Raises EngineUnreachable."""
        await self._call(lambda client: client.ping())

    async def answers(self, within: float = _ASK_SECONDS) -> bool:
        """Whether the daemon answers now, within some seconds."""
        try:
            async with asyncio.timeout(within):
                await self.ping()
        except (EngineUnreachable, EngineRefused, TimeoutError):
            return False
        return True

    async def back(self, timeout: float) -> bool:
        """Waits until the daemon answers, asking ever more seldom; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        pause = _PAUSE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            if await self.answers(min(left, _ASK_SECONDS)):
                return True
            await asyncio.sleep(min(pause, max(deadline - time.monotonic(), 0)))
            pause = min(pause * 2, _PAUSE_MOST)
        return False

    async def image(self, reference: str) -> Image | None:
        def work(client: docker.DockerClient) -> Image | None:
            try:
                raw = client.images.get(reference).attrs
            except docker.errors.ImageNotFound:
                return None
            labels = (raw.get("Config") or {}).get("Labels") or {}
            return Image(id=raw["Id"], bytes=raw["Size"], labels=labels)

        return await self._call(work)

    async def tag(self, image: str, repository: str, tag: str) -> None:
        await self._call(lambda client: client.api.tag(image, repository, tag, force=True))

    async def containers(self, labels: Sequence[str], *, everything: bool = True) -> list[Container]:
        """Containers that bear all `labels` (`key` or `key=value`); stopped ones too."""

        def work(client: docker.DockerClient) -> list[Container]:
            found = []
            for row in client.api.containers(all=everything, filters={"label": list(labels)}):
                with contextlib.suppress(docker.errors.NotFound):  # gone since it was listed
                    found.append(container_of(client.api.inspect_container(row["Id"])))
            return found

        return await self._call(work)

    async def container(self, name: str) -> Container | None:
        def work(client: docker.DockerClient) -> Container | None:
            try:
                return container_of(client.api.inspect_container(name))
            except docker.errors.NotFound:
                return None

        return await self._call(work)

    async def create(self, image: str, name: str, command: Sequence[str] | None, run: int) -> str:
        """A one-off container, named and labelled by its run. The same name again gives the same one."""

        def work(client: docker.DockerClient) -> str:
            try:
                made = client.api.create_container(
                    image,
                    command=list(command) if command else None,
                    name=name,
                    labels={RUN_LABEL: str(run)},
                    host_config=client.api.create_host_config(init=True),
                )
            except docker.errors.APIError as error:
                if error.status_code != requests.codes.conflict:
                    raise
                return str(client.api.inspect_container(name)["Id"])
            return str(made["Id"])

        return await self._call(work)

    async def start(self, container: str) -> None:
        await self._call(lambda client: client.api.start(container))

    async def stop(self, container: str) -> None:
        """Stops with the container's own stop signal and grace period."""

        def work(client: docker.DockerClient) -> None:
            grace = client.api.inspect_container(container)["Config"].get("StopTimeout")
            client.api.stop(container, timeout=_GRACE_SECONDS if grace is None else grace)

        await self._call(work)

    async def remove(self, container: str) -> None:
        """Removes the container, running or not; one that is gone already is fine.

        Where somebody removes it already, as `docker run --rm` does, that one's end is waited for.
        """
        await self._call(lambda client: _remove(client, container))

    async def remove_one_offs(self, project: str, run: int, kept: Set[str] = frozenset()) -> list[str]:
        """Removes every one-off container of a run but the `kept`, by the names that stages give them; those
        names.

        Its label alone does not tell: a run's images bear it too, and with them the containers of services;
        and other installations on the machine count their runs as well.
        """
        prefix = f"{project}-run-{run}-"

        def work(client: docker.DockerClient) -> list[str]:
            filters = {"name": f"^/?{re.escape(prefix)}", "label": f"{RUN_LABEL}={run}"}
            found = []
            for row in client.api.containers(all=True, filters=filters):
                names = [name.lstrip("/") for name in row["Names"]]
                if row["Labels"].get("com.docker.compose.oneoff") != "False" and kept.isdisjoint(names):
                    _remove(client, row["Id"])
                    found += names
            return found

        return await self._call(work)

    async def logs(self, container: str, *, since: datetime | None = None, tail: int = 2000) -> list[str]:
        """The newest lines of both streams, `since` a moment or since the container was made."""
        moment = since.timestamp() if since else None
        raw: bytes = await self._call(
            lambda client: client.api.logs(container, stdout=True, stderr=True, since=moment, tail=tail)
        )
        return raw.decode(errors="replace").splitlines()

    async def follow(
        self,
        container: str,
        on_line: Callable[[str], None],
        redact: Callable[[str], str] | None = None,
        *,
        tail: int | Literal["all"] = "all",
    ) -> None:
        """Hands on each line, 8 KiB of it at most, from the container's start, or the newest `tail` of them,
        until the container ends or we are cancelled."""
        loop = asyncio.get_running_loop()
        stream = await self._call(
            lambda client: client.api.logs(
                container, stdout=True, stderr=True, stream=True, follow=True, tail=tail
            ),
            late=lambda stream: stream.close(),
        )

        def tell(line: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(on_line, line)

        def pump() -> None:
            lines = Lines(tell, redact)
            for chunk in _quietly(stream):
                lines.feed(chunk)
            lines.close()

        pumping = asyncio.create_task(aside(pump))
        try:
            await asyncio.shield(pumping)
        except asyncio.CancelledError:
            stream.close()
            await asyncio.wait({pumping}, timeout=_DRAIN_SECONDS)
            pumping.cancel()
            raise

    async def wait(self, container: str, *, timeout: int) -> int:
        """The exit code, once the container has ended. Raises TimeoutError, EngineRefused if it is gone."""

        def work(client: docker.DockerClient) -> int:
            try:
                return int(client.api.wait(container, timeout=timeout)["StatusCode"])
            except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
                if "timed out" in str(error).lower():
                    raise TimeoutError from error
                raise

        return await self._call(work)

    async def files(self, container: str, directory: str) -> dict[str, bytes]:
        """The regular files below a directory of a container, by path relative to it; none if it is missing.
        Raises EngineRefused beyond 64 MiB."""

        def work(client: docker.DockerClient) -> dict[str, bytes]:
            try:
                chunks, _ = client.api.get_archive(container, directory)
            except docker.errors.NotFound:
                return {}
            with contextlib.closing(chunks):  # the daemon keeps hold of the container as long as it is open
                try:
                    return files_of(chunks)
                except TooLarge as error:
                    raise EngineRefused(f"{directory} in {container} holds more than 64 MiB") from error

        return await self._call(work)


def _remove(client: docker.DockerClient, container: str) -> None:
    deadline = time.monotonic() + _REMOVE_SECONDS
    with contextlib.suppress(docker.errors.NotFound):
        while True:
            try:
                client.api.remove_container(container, force=True, v=True)
            except docker.errors.APIError as error:
                if error.status_code != requests.codes.conflict or time.monotonic() >= deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return


def _quietly(stream: Any) -> Iterator[bytes]:
    """The chunks of a stream, ending with it also when it is closed from elsewhere."""
    with contextlib.suppress(requests.RequestException, OSError, ValueError, AttributeError):
        yield from stream
