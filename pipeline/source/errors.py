"""What can go wrong with the source code.

PipelineError
└── SourceError            git failed in a way no other error names
    ├── GitFailed          one git command ended badly
    ├── RemoteUnreachable  the remote did not answer, or refused us
    ├── UnknownTarget      no branch and no commit of that name
    └── CommitUnusable     the commit is there, its tree must not be written
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.model.errors import PipelineError


class SourceError(PipelineError):
    """Something about the source code went wrong; production is not concerned."""


class GitFailed(SourceError):
    """One git command ended badly; `reason` is what it said last, without credentials."""

    def __init__(self, subcommand: str, reason: str) -> None:
        self.subcommand = subcommand
        self.reason = reason
        super().__init__(
            f"git {subcommand} failed: {reason}.",
            advice="See that git is installed and that the state directory has room and may be written.",
        )


class RemoteUnreachable(SourceError):
    """`url` is without credentials."""

    def __init__(self, url: str, tried: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(
            f"The repository {url} could not be reached; tried {tried}: {reason}.",
            advice="Check the address (GIT_URL), the network and the access rights, then try again.",
        )


class UnknownTarget(SourceError):
    """Neither a branch nor a commit of the repository; `near` are branches of a similar name."""

    def __init__(self, target: str, why: str, near: Iterable[str]) -> None:
        self.target = target
        self.near = tuple(near)
        known = f" Branches to choose from: {', '.join(self.near)}." if self.near else ""
        super().__init__(
            f'"{target}" {why}.{known}',
            advice="Name a branch, or a commit by at least 7 digits of its SHA.",
        )


class CommitUnusable(SourceError):
    """The tree of a commit holds something that must not be written to this machine."""

    def __init__(self, sha: str, why: str) -> None:
        super().__init__(
            f"Commit {sha[:12]} cannot be exported: {why}.",
            advice="Correct it in the repository and push again.",
        )
