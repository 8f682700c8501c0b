"""The names of the checks, and what a project may set about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.model.errors import ConfigurationError

ENTRIES = ("database", "telegram", "reactive_worker", "proactive_scheduler")
"""The checks that each judge one entry of the health answer."""

CHECKS = ("health", *ENTRIES, "stats", "resources", "logs")

FAIL_ON = (
    r"\b(ERROR|CRITICAL|FATAL|Traceback)\b",
    r'"level"\s*:\s*"(error|critical|fatal)"',
    r"\blevel=(error|critical|fatal)\b",
)
"""Log lines that fail a release: the levels as most loggers write them, plain, JSON and logfmt."""

_KEY = "x-pipeline.smoke"


@dataclass(frozen=True, kw_only=True)
class SmokeConfig:
    """`delay` and `timeout` in seconds, ratios from 0 to 1, `fail_on` and `ignore` regular expressions
    searched in each log line. Raises ConfigurationError for a value that cannot be used."""

    health: str = "/health"
    stats: str = "/stats"
    attempts: int = 5
    delay: float = 2.0
    timeout: float = 5.0
    skip: frozenset[str] = frozenset()
    fail_on: tuple[str, ...] = FAIL_ON
    ignore: tuple[str, ...] = ()
    disk: Path = Path("/")
    disk_free_min: float = 0.05
    memory_available_min: float = 0.05
    load_per_core_max: float = 8.0

    def __post_init__(self) -> None:
        for name in sorted(self.skip - set(CHECKS)):
            raise ConfigurationError(f"{_KEY}.skip", repr(name), ", ".join(CHECKS))
        for key in ("health", "stats"):
            path: str = getattr(self, key)
            if not path.startswith("/"):
                raise ConfigurationError(f"{_KEY}.{key}", repr(path), "a path that begins with /")
        for key in ("fail_on", "ignore"):
            for pattern in getattr(self, key):
                _check_pattern(f"{_KEY}.{key}", pattern)
        for key in ("disk_free_min", "memory_available_min"):
            if not 0 <= getattr(self, key) < 1:
                raise ConfigurationError(
                    f"{_KEY}.{key}", str(getattr(self, key)), "a number from 0 to below 1"
                )
        if self.attempts < 1:
            raise ConfigurationError(f"{_KEY}.attempts", str(self.attempts), "a whole number from 1")
        if self.delay < 0:
            raise ConfigurationError(f"{_KEY}.delay", str(self.delay), "seconds, 0 or more")
        for key in ("timeout", "load_per_core_max"):
            if getattr(self, key) <= 0:
                raise ConfigurationError(f"{_KEY}.{key}", str(getattr(self, key)), "a number above 0")


def _check_pattern(key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(key, f"{pattern!r} ({error})", "a regular expression") from error
