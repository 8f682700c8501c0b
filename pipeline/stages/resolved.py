"""Compose files as compose resolves them: what they say, and the hash that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.containers.compose import pin
from pipeline.model.errors import ConfigurationError
from pipeline.process import CommandFailed, run
from pipeline.project.application import Application, read_application
from pipeline.stages.journey import Parts

_COMPOSE_SECONDS = 60.0


async def resolve(parts: Parts, files: Sequence[Path]) -> dict[str, Any]:
    """What compose makes of the files. Raises ConfigurationError where it refuses them."""
    with tempfile.TemporaryDirectory(prefix="vnext-") as scratch:
        out = Path(scratch) / "config.json"
        try:
            await run(
                parts.compose.config(files),
                timeout=_COMPOSE_SECONDS,
                stdout_to=out,
                redact=parts.redact,
                check=True,
            )
        except CommandFailed as error:
            found = ", ".join(str(file) for file in files)
            raise ConfigurationError(
                "DOCKER_COMPOSE_FILE", found, f"a file compose takes. {error.what}"
            ) from error
        config: dict[str, Any] = json.loads(out.read_text())
    return config


async def read(parts: Parts, compose_file: Path) -> Application:
    """The application that a compose file describes. Raises ConfigurationError."""
    return read_application(await resolve(parts, [compose_file]), parts.settings.deployment_group)


async def pinned_hash(parts: Parts, compose_file: Path, images: Mapping[str, str]) -> str:
    """SHA-256 of the file resolved with these images: it changes with the file and with its environment."""
    with tempfile.TemporaryDirectory(prefix="vnext-") as scratch:
        override = Path(scratch) / "pins.json"
        override.write_text(pin(images))
        config = await resolve(parts, [compose_file, override])
    switched = {name: config["services"][name] for name in sorted(images)}
    return hashlib.sha256(json.dumps(switched, sort_keys=True).encode()).hexdigest()


def installed_compose_file(parts: Parts) -> Path:
    """DOCKER_COMPOSE_FILE where the stack is installed."""
    return parts.compose.directory / parts.settings.docker_compose_file.name


def commits_compose_file(parts: Parts, source: Path) -> tuple[Path, bool]:
    """The compose file of an exported commit where it has one at that path, else the installation's.

    The second value tells which: True for the commit's own.
    """
    wanted = parts.settings.docker_compose_file
    own = source / (wanted.name if wanted.is_absolute() else wanted)
    if own.is_file():
        return own, True
    return installed_compose_file(parts), False
