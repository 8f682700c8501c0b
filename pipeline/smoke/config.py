"""What the checks of one run go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pipeline.model.checks import SmokeSection


@dataclass(frozen=True, kw_only=True)
class SmokeConfig:
    """`section` is the project's word, the rest that of the installation. `delay` and `timeout` in seconds;
    `without` are built-in checks left out for now, besides those that the project leaves out."""

    section: SmokeSection = field(default_factory=SmokeSection)
    attempts: int = 5
    delay: float = 2.0
    timeout: float = 5.0
    disk: Path = Path("/")
    without: frozenset[str] = frozenset()

    @property
    def left_out(self) -> frozenset[str]:
        return frozenset(self.section.skip) | self.without

    def seconds(self, within_ms: int | None) -> float:
        """How long an answer is waited for: beyond its limit, so that the figure tells what it took."""
        return max(self.timeout, (within_ms or 0) / 1000)
