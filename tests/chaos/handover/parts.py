"""The containers of a house: which there are, what each of them is, and how one dies."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker.errors

_ID = re.compile(r"\b[0-9a-f]{64}\b")
_BAKED = "VNEXT_REVISION="


@dataclass(frozen=True, kw_only=True)
class Part:
    """A container as it was seen. `service` is empty for one that is none of Compose's services, `pid` is 0
    where it does not run, `words` is its command line."""

    id: str
    name: str
    service: str
    words: str
    running: bool
    healthy: bool
    pid: int
    image: str
    revision: str

    @property
    def one_off(self) -> bool:
        return not self.service

    def is_a(self, role: str) -> bool:
        """`bot` and `worker` are services; `hand-over` and `guard` one-off containers of the hand-over."""
        match role:
            case "hand-over":
                return self.one_off and " hand-over" in self.words and "--guard" not in self.words
            case "guard":
                return self.one_off and " hand-over" in self.words and "--guard" in self.words
            case _:
                return self.service == role


def parts(client: Any, project: str) -> list[Part]:
    """All containers of the house, running or not: of its compose project, or named after it."""
    found = []
    for container in client.containers.list(all=True, ignore_removed=True):
        labels = container.labels
        if labels.get("com.docker.compose.project") != project and not container.name.startswith(project):
            continue
        with contextlib.suppress(docker.errors.NotFound, docker.errors.ImageNotFound):
            found.append(_part(container))
    return found


def _part(container: Any) -> Part:
    attributes, labels = container.attrs, container.labels
    state, config = attributes["State"], attributes["Config"]
    service = labels.get("com.docker.compose.service", "")
    if labels.get("com.docker.compose.oneoff", "False") != "False":
        service = ""
    health = (state.get("Health") or {}).get("Status")
    baked = [entry for entry in config.get("Env") or () if entry.startswith(_BAKED)]
    return Part(
        id=container.id,
        name=container.name,
        service=service,
        words=" ".join([attributes.get("Path") or "", *(attributes.get("Args") or ())]),
        running=bool(state["Running"]) and not state.get("Restarting"),
        healthy=health in (None, "healthy"),
        pid=state.get("Pid") or 0,
        image=attributes["Image"],
        revision=baked[0].removeprefix(_BAKED) if baked else "",
    )


def kill(part: Part) -> bool:
    """SIGKILL to the first process of a container, and so to all of it; False where it had ended.

    Not by `docker kill`: Docker takes that for the wish that it stays down.
    """
    if not part.pid:
        return False
    try:
        os.kill(part.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def who(peer: socket.socket) -> str:
    """The process at the other end: what it is, the container that it lives in, its number."""
    pid: int = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    role = "-".join(word for word in words[2:] if word and word not in ("-m", "pipeline"))
    inside = next(iter(_ids(Path(f"/proc/{pid}/cgroup").read_text())), "?")
    return f"{role}@{inside[:12]}/{pid}"


def _ids(groups: str) -> Iterator[str]:
    for line in groups.splitlines():
        yield from _ID.findall(line)
