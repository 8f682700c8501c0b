"""Which controller runs here: its version, and the commit that its image was built from."""

from __future__ import annotations

import os
import re
import socket
from functools import cache
from importlib.metadata import PackageNotFoundError, version

BAKED = "VNEXT_REVISION"
"""The variable of the image that holds the commit; the Dockerfile fills it from its argument REVISION."""

UNKNOWN = "unknown"

_HOST_CHARACTERS = 40
_DISTRIBUTION = "server-agent-vnext-controller"
_SHA = re.compile(r"[0-9a-f]{7,64}")


@cache
def own_version() -> str:
    """Of the controller; `unknown` where it runs from a folder and is not installed."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return UNKNOWN


def revision() -> str | None:
    """The git SHA baked into the image; None where whoever built it did not give one."""
    found = os.environ.get(BAKED, "").strip().lower()
    return found if _SHA.fullmatch(found) else None


def own_host() -> str:
    """The name of this machine or container, as the journal knows what runs here."""
    return host_named(socket.gethostname())


def host_named(name: str) -> str:
    """A host's name as it is kept: PostgreSQL cuts the names of connections, where it stands too."""
    return name[:_HOST_CHARACTERS]
