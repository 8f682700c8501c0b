"""A remote as its developers have it: a bare repository, and a clone in which commits are made."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_IDENTITY = ("-c", "user.name=Dev", "-c", "user.email=dev@example.org")


@dataclass(frozen=True)
class Remote:
    bare: Path
    clone: Path

    @classmethod
    def make(cls, root: Path) -> Remote:
        """Without a commit yet."""
        remote = cls(root / "remote.git", root / "clone")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote.bare], check=True)
        subprocess.run(["git", "clone", "-q", remote.bare, remote.clone], check=True, capture_output=True)
        return remote

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", self.clone, *_IDENTITY, *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, file: str, text: str) -> None:
        path = self.clone / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.clone / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def push(self, subject: str, branch: str = "main") -> str:
        """Commits all there is, changed or not, and pushes it; the commit's SHA."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        self.git("push", "-q", "--force", "origin", f"HEAD:{branch}")
        return self.git("rev-parse", "HEAD")
