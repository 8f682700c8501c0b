"""The values of build secrets, read where they are when an image is built, and kept nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

from pipeline.containers.build import Secret
from pipeline.model.errors import StageFailed
from pipeline.project.application import Build, BuildSecret
from pipeline.stages.journey import Hands

_BYTES = 512 * 1024  # more than BuildKit takes


def secrets_of(hands: Hands, build: Build) -> list[Secret]:
    """With their values, so that these can be kept out of the log. Raises StageFailed."""
    return [_read(hands, secret) for secret in build.secrets]


def _read(hands: Hands, secret: BuildSecret) -> Secret:
    if secret.file is not None:
        file = Path(secret.file)
        return Secret(id=secret.id, file=file, value=_in_file(secret.id, file))
    value = _variable(hands, secret.variable or "")
    if value is None:
        raise StageFailed(
            f"The build secret {secret.id} takes its value from the variable {secret.variable}, which the"
            " worker does not have.",
            advice=f"Set {secret.variable} in .env beside the installation's compose file or for the worker,"
            " then deploy again.",
        )
    return Secret(id=secret.id, value=value)


def _in_file(name: str, file: Path) -> str:
    try:
        if file.stat().st_size > _BYTES:
            raise StageFailed(
                f"The build secret {name} in {file} is larger than 500 kB.",
                advice="See that the right file is named; BuildKit takes no larger one.",
            )
        return file.read_text(errors="replace").strip()
    except OSError as error:
        raise StageFailed(
            f"The build secret {name} cannot be read from {file}: {error.strerror}.",
            advice="Put the file there, on the server and not in the repository, and deploy again.",
        ) from error


def _variable(hands: Hands, name: str) -> str | None:
    """As Compose finds it: in the environment, else in .env beside the compose file."""
    if name in os.environ:
        return os.environ[name]
    file = hands.compose.directory / ".env"
    return dotenv_values(file, interpolate=False).get(name) if file.is_file() else None
