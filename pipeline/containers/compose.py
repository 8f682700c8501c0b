"""Compose command lines and overrides: a command is data, run elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, run

_VERSION_SECONDS = 20.0


class ComposeMissing(PipelineError):
    """Neither `docker compose` nor `docker-compose` is on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "Docker Compose was not found: neither the plugin of docker nor docker-compose on PATH.",
            advice="Install Docker Compose version 2 or newer.",
        )


@dataclass(frozen=True, kw_only=True)
class Compose:
    """One compose project. `directory` is where relative paths of its files start."""

    program: tuple[str, ...]
    project: str
    directory: Path

    def _command(self, files: Sequence[Path], *words: str) -> Command:
        chosen = [part for file in files for part in ("-f", str(file))]
        argv = (
            *self.program,
            "--project-name",
            self.project,
            "--project-directory",
            str(self.directory),
            *chosen,
            *words,
        )
        return Command(argv=argv)

    def config(self, files: Sequence[Path]) -> Command:
        """Prints the resolved file as JSON. Holds secrets: neither shown nor kept, only read and hashed."""
        return self._command(files, "config", "--format", "json")

    def text(self, file: Path) -> Command:
        """Prints one file as JSON as it is written: no variable, path or other file is looked up."""
        words = ("--no-interpolate", "--no-path-resolution", "--no-consistency")
        return self._command([file], "config", "--format", "json", *words)

    def up(self, files: Sequence[Path], services: Sequence[str]) -> Command:
        """Creates or re-creates exactly these services, from images that are there."""
        return self._command(
            files,
            "up",
            "--detach",
            "--no-build",
            "--no-deps",
            "--pull",
            "never",
            "--quiet-pull",
            "--",
            *services,
        )

    def up_whole(self, files: Sequence[Path]) -> Command:
        """Creates all services of the files in the order that they ask for, from images that are there."""
        return self._command(
            files, "up", "--detach", "--no-build", "--pull", "never", "--quiet-pull", "--no-color"
        )

    def one_off(
        self, files: Sequence[Path], service: str, name: str, argv: Sequence[str], labels: Mapping[str, str]
    ) -> Command:
        """Starts a one-off container of a service, named and labelled so that it is found again."""
        given = [part for key, value in sorted(labels.items()) for part in ("--label", f"{key}={value}")]
        return self._command(
            files, "run", "--detach", "--no-deps", "--no-TTY", "--name", name, *given, "--", service, *argv
        )

    def answer(
        self, files: Sequence[Path], service: str, name: str, argv: Sequence[str], labels: Mapping[str, str]
    ) -> Command:
        """Runs a one-off container to its end, whose standard output is that of the command."""
        given = [part for key, value in sorted(labels.items()) for part in ("--label", f"{key}={value}")]
        return self._command(
            files, "run", "--rm", "--no-deps", "--no-TTY", "--name", name, *given, "--", service, *argv
        )

    def pull(self, files: Sequence[Path], service: str) -> Command:
        return self._command(files, "pull", "--quiet", "--", service)


async def find_program() -> tuple[str, ...]:
    """The compose program of this machine, or of this Python environment. Raises ComposeMissing."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    alone = shutil.which("docker-compose", path=path)
    for program in (("docker", "compose"), *([(alone,)] if alone else [])):
        try:
            await run(Command(argv=(*program, "version")), timeout=_VERSION_SECONDS, check=True)
        except CommandFailed:
            continue
        return program
    raise ComposeMissing


def pin(images: Mapping[str, str]) -> str:
    """An override that pins each service to an image and lets nothing be built or pulled."""
    services = {name: {"image": image, "pull_policy": "never"} for name, image in sorted(images.items())}
    return json.dumps({"services": services}, indent=2)


def pin_one_off(service: str, image: str) -> str:
    """An override for a one-off container: the pinned image, no restarts, no health check."""
    changes = {
        "image": image,
        "pull_policy": "never",
        "restart": "no",
        "healthcheck": {"disable": True},
    }
    return json.dumps({"services": {service: changes}}, indent=2)
