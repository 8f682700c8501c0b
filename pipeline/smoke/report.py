"""What the checks found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """`figure` is what was found, `limit` what is allowed, `detail` a sentence, empty when all is well.
    All three may hold text of the application: escape them where they are shown. A check that was not
    `judged` was left out, or is not offered by the application; its figure tells which."""

    name: str
    ok: bool
    figure: str
    limit: str
    detail: str
    judged: bool = True


def skipped(name: str, detail: str = "The project's configuration skips this check.") -> CheckResult:
    return CheckResult(name, True, "skipped", "", detail, judged=False)


def not_offered(name: str) -> CheckResult:
    detail = "The application does not offer it, and x-pipeline.smoke does not ask for it."
    return CheckResult(name, True, "not offered", "", detail, judged=False)


@dataclass(frozen=True)
class SmokeReport:
    """The last result of each check, the built-in ones in the order of `CHECKS`, then the project's own,
    and the rounds it took."""

    results: tuple[CheckResult, ...]
    attempts: int

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.ok)
