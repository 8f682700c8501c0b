"""Where things lie below STATE_DIR."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.model.release import RunId


@dataclass(frozen=True)
class Layout:
    state_dir: Path
    project: str

    @property
    def mirror(self) -> Path:
        return self.state_dir / "mirrors" / f"{self.project}.git"

    @property
    def backups(self) -> Path:
        return self.state_dir / "backups" / self.project

    @property
    def locks(self) -> Path:
        return self.state_dir / "locks"

    def unwritten(self, run: RunId) -> Path:
        """What of a run the journal could not be told yet."""
        return self.state_dir / "journal" / f"run-{run}.jsonl"

    def all_unwritten(self) -> list[Path]:
        return list((self.state_dir / "journal").glob("run-*.jsonl"))

    @property
    def by_hand(self) -> Path:
        """What the command line did without the journal: the journal is told of it later."""
        return self.state_dir / "journal" / f"local-{self.project}"

    @property
    def releases(self) -> Path:
        return self.state_dir / "releases" / self.project

    def work(self, run: RunId) -> Path:
        """Scratch space of a run, removed when it has ended."""
        return self.state_dir / "runs" / str(run)

    def source(self, run: RunId) -> Path:
        return self.work(run) / "source"

    @property
    def all_reports(self) -> Path:
        return self.state_dir / "reports"

    def reports(self, run: RunId) -> Path:
        """Test reports, run report and log: kept."""
        return self.all_reports / f"run-{run}"

    def release(self, name: str) -> Path:
        """The compose file and the facts of a release: kept as long as the release."""
        return self.releases / name
