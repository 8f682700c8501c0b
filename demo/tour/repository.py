"""A repository as its developer has it: a clone in which commits are made and pushed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from demo.tour.installation import FOLDER, TourError

_GIT_SECONDS = 60
_IDENTITY = ("-c", "user.name=Agent Developer", "-c", "user.email=developer@example.org")
_QUIET = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class Repository:
    """`clone` is the folder of the commits' files."""

    remote: str
    clone: Path = FOLDER / "agent"

    def answers(self) -> bool:
        """Whether the remote can be read."""
        return _run("ls-remote", self.remote).returncode == 0

    def begin(self, source: Path, subject: str) -> str:
        """A copy of the folder `source` as the first commit of `main`, not pushed yet; its SHA."""
        shutil.rmtree(self.clone, ignore_errors=True)
        unwanted = shutil.ignore_patterns("__pycache__", ".*cache", ".env.vnext")
        shutil.copytree(source, self.clone, ignore=unwanted)
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("remote", "add", "origin", self.remote)
        return self._commit(subject)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.clone / file
        text = path.read_text()
        if text.count(old) != 1:
            raise TourError(f"{file} in {self.clone.name} no longer holds exactly one {old!r}")
        path.write_text(text.replace(old, new))

    def add(self, file: str, text: str) -> None:
        (self.clone / file).write_text(text)

    def undo(self) -> str:
        """Takes the newest commit back with a new one."""
        self._git("revert", "--no-edit", "HEAD")
        return self.publish()

    def push(self, subject: str) -> str:
        """Commits everything and pushes it to main; the commit's SHA."""
        self._commit(subject)
        return self.publish()

    def publish(self) -> str:
        """Pushes what is committed to main; the SHA of the newest commit."""
        self._git("push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD")

    def _commit(self, subject: str) -> str:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", subject)
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        done = _run(*words, folder=self.clone)
        if done.returncode:
            raise TourError(f"git {words[0]} ended with code {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()


def _run(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        ["git", *_IDENTITY, *_QUIET, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_GIT_SECONDS,
        check=False,
    )
