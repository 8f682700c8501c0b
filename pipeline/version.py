"""Which controller runs here: its version, and the commit that its image was built from."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

BAKED = "VNEXT_REVISION"
"""The variable of the image that holds the commit; the Dockerfile fills it from its argument REVISION."""

UNKNOWN = "unknown"

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
