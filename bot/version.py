"""Which versions run here."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

from pipeline.store.connect import migrations
from pipeline.version import own_version


@cache
def versions() -> dict[str, str]:
    """Of what the bot is made of; `journal` is the schema that it knows."""
    return {
        "controller": own_version(),
        "python": platform.python_version(),
        "aiogram": version("aiogram"),
        "journal": str(max(number for number, _ in migrations())),
    }
