"""The Docker Engine API, off the event loop, with time-outs and errors in words."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import docker
import docker.errors
import requests

from pipeline.model.errors import PipelineError
from pipeline.model.release import ServiceState

RUN_LABEL = "deployment.run"
PROJECT_LABEL = "deployment.project"
_CALL_SECONDS = 60
_REPORT_BYTES = 64 * 1024 * 1024
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


@dataclass(frozen=True, kw_only=True)
class Image:
    """`id` is `sha256:…`, `bytes` what it takes unpacked."""

    id: str
    bytes: int
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Container:
    """`ports` are the ports published on the host; `label` is what deployment.service calls the service."""

    id: str
    name: str
    service: str | None
    image: str
    image_name: str
    running: bool
    health: str | None
    restarts: int
    exit_code: int | None
    started_at: datetime | None
    ports: frozenset[int]
    mounts: Mapping[str, str]
    label: str | None = None

    def state(self) -> ServiceState:
        return ServiceState(
            service=self.label or self.service or self.name,
            container=self.name,
            image=self.image,
            running=self.running,
            health=self.health,
            restarts=self.restarts,
            started_at=self.started_at,
        )


class Engine:
    """One daemon, found as the docker command line finds it (DOCKER_HOST, else the socket)."""

    def __init__(self) -> None:
        self._client: docker.DockerClient | None = None

    async def _call(self, work: Callable[[docker.DockerClient], T]) -> T:
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

        return await asyncio.to_thread(guarded)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    async def ping(self) -> None:
        """Raises EngineUnreachable."""
        await self._call(lambda client: client.ping())

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
                    found.append(_container(client.api.inspect_container(row["Id"])))
            return found

        return await self._call(work)

    async def container(self, name: str) -> Container | None:
        def work(client: docker.DockerClient) -> Container | None:
            try:
                return _container(client.api.inspect_container(name))
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
        await self._call(lambda client: client.api.stop(container))

    async def remove(self, container: str) -> None:
        """Removes the container, running or not; one that is gone already is fine."""

        def work(client: docker.DockerClient) -> None:
            with contextlib.suppress(docker.errors.NotFound):
                client.api.remove_container(container, force=True, v=True)

        await self._call(work)

    async def logs(self, container: str, *, since: datetime | None = None, tail: int = 2000) -> list[str]:
        """The newest lines of both streams, `since` a moment or since the container was made."""
        moment = since.timestamp() if since else None
        raw: bytes = await self._call(
            lambda client: client.api.logs(container, stdout=True, stderr=True, since=moment, tail=tail)
        )
        return raw.decode(errors="replace").splitlines()

    async def follow(self, container: str, on_line: Callable[[str], None]) -> None:
        """Hands on each line from the container's start until it ends. Cancelling ends the stream."""
        loop = asyncio.get_running_loop()
        stream = await self._call(
            lambda client: client.api.logs(container, stdout=True, stderr=True, stream=True, follow=True)
        )

        def pump() -> None:
            rest = b""
            for chunk in _quietly(stream):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    loop.call_soon_threadsafe(on_line, line.decode(errors="replace").rstrip("\r"))
            if rest:
                loop.call_soon_threadsafe(on_line, rest.decode(errors="replace"))

        pumping = asyncio.create_task(asyncio.to_thread(pump))
        try:
            await asyncio.shield(pumping)
        except asyncio.CancelledError:
            stream.close()
            await pumping
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

        Raises EngineRefused beyond 64 MiB.
        """

        def work(client: docker.DockerClient) -> dict[str, bytes]:
            try:
                chunks, _ = client.api.get_archive(container, directory)
            except docker.errors.NotFound:
                return {}
            data = bytearray()
            for chunk in chunks:
                data += chunk
                if len(data) > _REPORT_BYTES:
                    raise EngineRefused(f"{directory} in {container} holds more than 64 MiB")
            found = {}
            with tarfile.open(fileobj=io.BytesIO(bytes(data))) as archive:
                for member in archive:
                    content = archive.extractfile(member) if member.isfile() else None
                    if content is not None:
                        found[member.name.partition("/")[2]] = content.read()
            return found

        return await self._call(work)


def _quietly(stream: Any) -> Iterator[bytes]:
    """The chunks of a stream, ending with it also when it is closed from elsewhere."""
    with contextlib.suppress(requests.RequestException, OSError, ValueError, AttributeError):
        yield from stream


def _container(raw: Mapping[str, Any]) -> Container:
    state = raw["State"]
    labels = raw["Config"].get("Labels") or {}
    bindings = (raw.get("NetworkSettings") or {}).get("Ports") or {}
    published = {int(b["HostPort"]) for found in bindings.values() for b in found or [] if b.get("HostPort")}
    return Container(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        service=labels.get("com.docker.compose.service"),
        image=raw["Image"],
        image_name=raw["Config"]["Image"],
        running=bool(state["Running"]) and not state.get("Restarting"),
        health=(state.get("Health") or {}).get("Status"),
        restarts=raw.get("RestartCount", 0),
        exit_code=None if state["Running"] else state.get("ExitCode"),
        started_at=_time(state.get("StartedAt")),
        ports=frozenset(published),
        label=labels.get("deployment.service"),
        mounts={m["Destination"]: m["Source"] for m in raw.get("Mounts") or [] if m.get("Source")},
    )


def _time(text: str | None) -> datetime | None:
    """Docker's RFC 3339 with nanoseconds; its zero time means never."""
    if not text or text.startswith("0001"):
        return None
    head, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{fraction[:6] or '0'}+00:00")
