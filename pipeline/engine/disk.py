"""What the journal in PostgreSQL could not be told yet, synced to disk: one file of JSON lines a run.

It carries a run over a time without PostgreSQL, and a crash in that time.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.atomic import sync_directory
from pipeline.model.results import Result, from_json, to_json
from pipeline.model.states import RunState, StageName, StageState


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One write that waits: a stage that began (`state` running) or ended, or the run's new state."""

    epoch: int
    stage: StageName | None = None
    state: StageState | None = None
    result: Result | None = None
    run_state: RunState | None = None

    def as_line(self, project: str) -> str:
        words = {
            "project": project,
            "epoch": self.epoch,
            "stage": self.stage,
            "state": self.state,
            "result": json.loads(to_json(self.result)) if self.result else None,
            "run_state": self.run_state,
        }
        return json.dumps(words) + "\n"

    @staticmethod
    def from_line(line: str) -> Entry:
        words = json.loads(line)
        stage = StageName(words["stage"]) if words["stage"] else None
        return Entry(
            epoch=words["epoch"],
            stage=stage,
            state=StageState(words["state"]) if words["state"] else None,
            result=from_json(stage, json.dumps(words["result"])) if stage and words["result"] else None,
            run_state=RunState(words["run_state"]) if words["run_state"] else None,
        )


class DiskJournal:
    """Entries of one run of a project, oldest first."""

    def __init__(self, path: Path, project: str) -> None:
        self._path = path
        self._project = project

    def append(self, entry: Entry) -> None:
        """On disk when it returns. Raises OSError."""
        append_line(self._path, entry.as_line(self._project))

    def entries(self) -> list[Entry]:
        return [Entry.from_line(line) for line in whole_lines(self._path)]

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


def waits_for_the_journal(path: Path, project: str) -> bool:
    """Whether the file holds entries of the project; one of an older version does not say whose they are."""
    return any(json.loads(line).get("project", project) == project for line in whole_lines(path))


def append_line(path: Path, line: str) -> None:
    """On disk when it returns; what a crash left of an unfinished line goes. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(0)
        before = file.read()
        file.truncate(before.rfind(b"\n") + 1)
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    if not before:
        sync_directory(path.parent)


def whole_lines(path: Path) -> list[str]:
    """A last line that a crash cut short was never acted upon: it is left out. None without a file."""
    try:
        lines = path.read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [line for line in lines if line.endswith("\n")]
