"""Who runs a command."""

from __future__ import annotations

import getpass
import os
import platform


def operator() -> str:
    """Who runs the command, and where."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return f"{name}@{platform.node()}"
