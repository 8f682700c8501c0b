"""How a cell ended, and where the logs of one that did not hold are kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Tried(Protocol):
    """What people are told of a cell; `road` is the kind of run, and the heading it stands under."""

    @property
    def fault(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def road(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass
class Outcome:
    cell: Tried
    sentences: list[str] = field(default_factory=list)
    state: str = ""
    seconds: float = 0.0
    logs: Path | None = None

    @property
    def held(self) -> bool:
        return not self.sentences


class Logs:
    """A folder a cell, in one that is made when the first of them does not hold."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def of(self, cell: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="vnext-chaos-logs-"))
        return self._folder / cell.replace("/", "_")
