"""What is run, how it ended, and the errors of running it.

PipelineError
└── CommandFailed          ended with a code other than 0
    ├── CommandTimedOut    did not end in time
    └── CommandMissing     could not be started
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.model.errors import NOTHING_CHANGED, PipelineError


@dataclass(frozen=True)
class Command:
    """What to run. `env` is added to the inherited environment and, like `stdin`, never shown:
    a secret belongs in either of them, not in `argv`."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    cwd: Path | None = None
    stdin: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.argv[0].rpartition("/")[2]


@dataclass(frozen=True)
class Finished:
    """A command that ended. Outputs are the last 200 lines or 64 Ki characters of each stream,
    redacted; `stdout` is empty when it went to a file. A negative `exit_code` is a signal."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float


class CommandFailed(PipelineError):
    """A command ended with a code other than 0. `finished` is None if it never ended by itself."""

    def __init__(
        self, what: str, *, finished: Finished | None, production: str = NOTHING_CHANGED, advice: str
    ) -> None:
        super().__init__(what, production=production, advice=advice)
        self.finished = finished


class CommandTimedOut(CommandFailed):
    """A command was still running when its time was over, and was ended with all its children."""


class CommandMissing(CommandFailed):
    """The executable or the working directory is not there, or may not be used."""
