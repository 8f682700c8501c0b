"""Compose files as compose resolves them: what they say, and the hash that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.containers.compose import pin
from pipeline.model.errors import ConfigurationError
from pipeline.process import CommandFailed, run, scratch
from pipeline.project.application import Application, read_application
from pipeline.stages.journey import Hands

_COMPOSE_SECONDS = 60.0
_KNOWN_MOST = 32


async def resolve(hands: Hands, files: Sequence[Path]) -> dict[str, Any]:
    """What compose makes of the files. Raises ConfigurationError where it refuses them."""
    with scratch() as folder:
        out = folder / "config.json"
        try:
            await run(
                hands.compose.config(files),
                timeout=_COMPOSE_SECONDS,
                stdout_to=out,
                redact=hands.redact,
                check=True,
            )
        except CommandFailed as error:
            found = ", ".join(str(file) for file in files)
            raise ConfigurationError(
                "DOCKER_COMPOSE_FILE", found, f"a file compose takes. {error.what}"
            ) from error
        config: dict[str, Any] = json.loads(out.read_text())
    return config


async def read(hands: Hands, compose_file: Path) -> Application:
    """The application that a compose file describes. Raises ConfigurationError.

    Compose is asked once for the same file and variables: it takes half a second of a processor each time.
    """
    key = _identity(hands, compose_file)
    known = hands.applications.get(key) if key else None
    if known is not None:
        return known
    application = read_application(await resolve(hands, [compose_file]), hands.settings.deployment_group)
    if key:
        if len(hands.applications) >= _KNOWN_MOST:
            hands.applications.clear()
        hands.applications[key] = application
    return application


def _identity(hands: Hands, compose_file: Path) -> bytes | None:
    """What the answer of compose hangs on; None where the file leads to others."""
    try:
        text = compose_file.read_bytes()  # where it lies says nothing: paths begin at the installation
        variables = hands.compose.directory / ".env"
        more = variables.read_bytes() if variables.is_file() else b""
    except OSError:
        return None
    if any(word in text for word in (b"include", b"extends")):
        return None
    return hashlib.sha256(b"\0".join([text, more])).digest()


async def pinned_hash(hands: Hands, compose_file: Path, images: Mapping[str, str]) -> str:
    """SHA-256 of the file resolved with these images: it changes with the file and with its environment."""
    with scratch() as folder:
        override = folder / "pins.json"
        override.write_text(pin(images))
        config = await resolve(hands, [compose_file, override])
    switched = {name: config["services"][name] for name in sorted(images)}
    return hashlib.sha256(json.dumps(switched, sort_keys=True).encode()).hexdigest()


def installed_compose_file(hands: Hands) -> Path:
    """DOCKER_COMPOSE_FILE where the stack is installed."""
    return hands.compose.directory / hands.settings.docker_compose_file.name


def commits_compose_file(hands: Hands, source: Path) -> tuple[Path, bool]:
    """The compose file of an exported commit where it has one at that path, else the installation's.

    The second value tells which: True for the commit's own.
    """
    wanted = hands.settings.docker_compose_file
    own = source / (wanted.name if wanted.is_absolute() else wanted)
    if own.is_file():
        return own, True
    return installed_compose_file(hands), False
