"""Which versions run here."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from pipeline.store.connect import migrations

_DISTRIBUTION = "server-agent-vnext-controller"


@cache
def own_version() -> str:
    """Of the controller; `unknown` where it runs from a folder and is not installed."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


@cache
def versions() -> dict[str, str]:
    """Of what the bot is made of; `journal` is the schema that it knows."""
    return {
        "controller": own_version(),
        "python": platform.python_version(),
        "aiogram": version("aiogram"),
        "journal": str(max(number for number, _ in migrations())),
    }
