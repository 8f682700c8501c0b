"""What the checks found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """`figure` is what was found, `limit` what is allowed, `detail` a sentence, empty when all is well.
    All three may hold text of the application: escape them where they are shown."""

    name: str
    ok: bool
    figure: str
    limit: str
    detail: str


@dataclass(frozen=True)
class SmokeReport:
    """The last result of each check, in the order of `CHECKS`, and the rounds it took."""

    results: tuple[CheckResult, ...]
    attempts: int

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.ok)
