"""The docker command line with a buildx, and one without, whatever this machine has."""

from __future__ import annotations

import fcntl
import io
import shutil
import tarfile
import tempfile
from pathlib import Path

import docker

from pipeline.process import Command, run

_KEPT = Path(tempfile.gettempdir()) / "vnext-local-buildx"
_PLUGIN = "/tmp/x/usr/libexec/docker/cli-plugins/docker-buildx"
_FETCH = (
    "cd /tmp && apt-get update -qq && apt-get download -qq docker-buildx && dpkg -x docker-buildx_*.deb x"
)
_SECONDS = 60.0
_REFUSES = '#!/bin/sh\n[ "$1" = buildx ] && { echo "unknown command: buildx" >&2; exit 1; }\nexec %s "$@"\n'


async def with_buildx(python_image: str) -> dict[str, str]:
    """Variables under which docker has buildx: Debian's, taken from its package where there is none here."""
    there = await run(Command(argv=("docker", "buildx", "version")), timeout=_SECONDS)
    if there.exit_code == 0:
        return {}
    plugin = _KEPT / "cli-plugins" / "docker-buildx"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not plugin.exists():
            _fetch(python_image, plugin)
    return {"DOCKER_CONFIG": str(_KEPT)}


def without_buildx(directory: Path, path: str) -> dict[str, str]:
    """Variables under which docker has no buildx; `path` is the PATH so far."""
    shim = directory / "without-buildx" / "docker"
    shim.parent.mkdir()
    shim.write_text(_REFUSES % shutil.which("docker", path=path))
    shim.chmod(0o755)
    return {"PATH": f"{shim.parent}:{path}"}


def _fetch(python_image: str, plugin: Path) -> None:
    client = docker.from_env()
    container = client.containers.create(python_image, ["sh", "-c", _FETCH])
    try:
        container.start()
        assert container.wait()["StatusCode"] == 0, container.logs().decode()
        chunks, _ = container.get_archive(_PLUGIN)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            [member] = archive.getmembers()
            content = archive.extractfile(member)
            assert content is not None
            part = plugin.with_suffix(".part")
            part.write_bytes(content.read())
        part.chmod(0o755)
        part.rename(plugin)
    finally:
        container.remove(force=True)
        client.close()
