"""Whether the remote can be asked: what is wrong is told once it has lasted a while. No clock, no socket."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.model.errors import PipelineError
from pipeline.source.errors import RemoteUnreachable

WATCHER = "remote"
FAILURES = 3
LASTS = timedelta(minutes=5)
"""A remote that is away for less, or was asked less often, troubles nobody."""

_PRODUCTION = "Production is not concerned: the live release keeps serving."


class BranchGone(PipelineError):
    """The remote was asked, and has no branch of that name."""

    def __init__(self, branch: str, url: str) -> None:
        super().__init__(
            f"The remote has no branch {branch}.",
            production=_PRODUCTION,
            advice=f"See whether it was renamed or deleted in {url}; push it again, or change GIT_BRANCH and"
            " start the bot anew.",
        )


class Reach:
    def __init__(self) -> None:
        self._failures = 0
        self._since: datetime | None = None

    def reached(self) -> list[Problem]:
        """Nothing is wrong any more."""
        self._failures, self._since = 0, None
        return []

    def failed(self, error: RemoteUnreachable | BranchGone, at: datetime) -> list[Problem] | None:
        """What is wrong now; None while it is too early to tell."""
        self._failures += 1
        self._since = self._since or at
        if self._failures < FAILURES or at - self._since < LASTS:
            return None
        return [_problem(error, self._since)]


def _problem(error: RemoteUnreachable | BranchGone, since: datetime) -> Problem:
    """The same as long as it lasts, whatever git says each time."""
    gone = isinstance(error, BranchGone)
    what = error.what if isinstance(error, BranchGone) else f"The repository {error.url} cannot be reached."
    return Problem(
        fingerprint="remote/branch" if gone else "remote/unreachable",
        severity=Severity.WARNING,
        title="The watched branch is gone" if gone else "The repository cannot be reached",
        what=f"{what} Pushes are not noticed, and no deploy can begin.",
        production=_PRODUCTION,
        advice=error.advice,
        details=[f"since {since:%Y-%m-%d %H:%M} UTC"],
    )
