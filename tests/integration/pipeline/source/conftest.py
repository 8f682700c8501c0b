"""Real repositories: a person's clone and the bare remote it pushes to."""

import subprocess
from pathlib import Path

import pytest

from pipeline.source import Source

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "LC_ALL": "C.UTF-8",
}


class Repository:
    """What a person does with git, by git's own command line."""

    def __init__(self, directory: Path) -> None:
        self.remote = directory / "remote.git"
        self.clone = directory / "clone"
        directory.mkdir(exist_ok=True)
        self.run("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=directory)
        self.run("init", "-q", "-b", "main", str(self.clone), cwd=directory)
        self.run("remote", "add", "origin", str(self.remote))

    def run(self, *arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.clone,
            env=ENVIRONMENT,
            check=False,
            input=stdin,
            capture_output=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def commit(self, message: str = "Change", **files: str) -> str:
        for name, content in files.items():
            (self.clone / name).write_text(content)
        self.run("add", "--all")
        self.run("commit", "-q", "--allow-empty", "--cleanup=verbatim", "--file=-", stdin=message.encode())
        return self.head()

    def head(self) -> str:
        return self.run("rev-parse", "HEAD")

    def push(self, *arguments: str) -> None:
        self.run("push", "-q", "--force", "origin", *(arguments or ("HEAD:refs/heads/main",)))

    def amend(self, message: str) -> str:
        self.run("commit", "-q", "--amend", "--allow-empty", "-m", message)
        return self.head()

    def tree(self, mode: str, path: bytes, content: bytes = b"x") -> str:
        """A commit with one entry that no porcelain would make, pushed as main."""
        kind, blob = ("commit", "a" * 40) if mode == "160000" else ("blob", "")
        blob = blob or self.run("hash-object", "-w", "--stdin", stdin=content)
        entry = f"{mode} {kind} {blob}\t".encode() + path + b"\0"
        tree = self.run("mktree", "-z", "--missing", stdin=entry)
        sha = self.run("commit-tree", tree, "-m", "Hostile")
        self.push(f"{sha}:refs/heads/main")
        return sha


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "people")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mirror.git"


@pytest.fixture
def source(repository: Repository, mirror: Path) -> Source:
    return Source(str(repository.remote), mirror)
