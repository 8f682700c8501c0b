"""A Docker Engine of our own, which may be restarted and killed at will."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from pathlib import Path

import docker
import docker.errors
import requests

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.1


class Daemon:
    """`folder` takes its data and its log; containers get control groups below the folder's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.host = f"unix://{folder}/docker.sock"
        self.client: docker.DockerClient

    @property
    def log(self) -> Path:
        return self._folder / "dockerd.log"

    async def start(self) -> None:
        """Returns when it answers."""
        folder = self._folder
        argv = ["dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
        argv += ["--pidfile", f"{folder}/docker.pid", "--host", self.host]
        argv += ["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{folder.name}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it stays while tasks come and go
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        await asyncio.to_thread(self._until_it_answers)

    async def load(self, archive: int) -> None:
        """Loads the images that can be read from this descriptor."""
        load = await asyncio.create_subprocess_exec(
            "docker", "--host", self.host, "load", "--quiet", stdin=archive, stdout=subprocess.DEVNULL
        )
        if await load.wait() != 0:
            raise RuntimeError("the base images could not be loaded")

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """As a package upgrade does: its containers are stopped with it."""
        await self.stop()
        await self.start()

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            await asyncio.to_thread(process.wait)
            self.client.close()

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.client = docker.DockerClient(base_url=self.host, timeout=60)
                self.client.ping()
            except (docker.errors.DockerException, requests.RequestException):
                if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                    raise RuntimeError(f"dockerd does not answer:\n{self.log.read_text()[-3000:]}") from None
                time.sleep(_LOOK_SECONDS)
            else:
                return
