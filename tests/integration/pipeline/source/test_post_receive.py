"""The post-receive hook on a real push: in the background, bounded, and never in the push's way."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.source.hook import ASIDE, NAME, install_hook, look_at_hook, rendered
from tests.git_remote import Remote

PATIENCE = 30.0


@dataclass
class Pushed:
    """A remote with the hook, and what the hook's command was given."""

    remote: Remote
    hooks: Path
    told: Path

    @classmethod
    def make(cls, root: Path) -> Pushed:
        remote = Remote.make(root)
        return cls(remote, remote.bare / "hooks", root / "told")

    @property
    def log(self) -> Path:
        return self.remote.bare / "vnext-post-receive.log"

    def install(self, *command: str, branch: str = "main", keep_aside: bool = False) -> None:
        install_hook(self.hooks, rendered(branch, command), keep_aside=keep_aside)

    def telling(self, script: str = "") -> tuple[str, ...]:
        """A command that writes the words it is given, whole or not at all, once `script` has run."""
        told = shlex.quote(str(self.told))
        return ("sh", "-c", f'{script}\nprintf "%s\\n" "$@" >{told}.part && mv {told}.part {told}', "told")

    def push(self, branch: str = "main") -> subprocess.CompletedProcess[str]:
        self.remote.git("commit", "-q", "--allow-empty", "-m", "A commit")
        return subprocess.run(
            ["git", "-C", self.remote.clone, "push", "-q", "origin", f"HEAD:refs/heads/{branch}"],
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def words(self) -> list[str]:
        return _once_there(self.told).split()

    def logged(self, *words: str) -> str:
        """The log, once it holds all of these."""
        deadline = time.monotonic() + PATIENCE
        while True:
            text = self.log.read_text() if self.log.exists() else ""
            if all(word in text for word in words):
                return text
            assert time.monotonic() < deadline, text
            time.sleep(0.02)


def _once_there(path: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)
    return path.read_text()


@pytest.fixture
def pushed(tmp_path: Path) -> Pushed:
    return Pushed.make(tmp_path)


def test_the_push_is_over_while_the_command_is_still_held(pushed: Pushed, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    pushed.install(*pushed.telling(f"read go <{shlex.quote(str(gate))}"))
    done = pushed.push()
    assert done.returncode == 0
    assert "remote: vnext: the push to main is handed over" in done.stderr
    assert not pushed.told.exists()
    gate.write_text("go\n")
    head = pushed.remote.git("rev-parse", "HEAD")
    assert pushed.words() == ["0" * 40, head, "refs/heads/main"]
    text = pushed.logged("ended with exit code 0")
    assert [line.split(" ", 1)[1] for line in text.splitlines()] == [
        f"push: refs/heads/main from {'0' * 40} to {head}",
        "ended with exit code 0",
    ]
    assert all(line[:2] == "20" and line[19] == "Z" for line in text.splitlines())


def test_only_the_watched_branch_is_handed_over(pushed: Pushed) -> None:
    pushed.install(*pushed.telling(), branch="release/1")
    assert "handed over" not in pushed.push("main").stderr
    assert "handed over" not in pushed.push("release/10").stderr
    assert not pushed.log.exists()
    assert "the push to release/1 is handed over" in pushed.push("release/1").stderr
    assert pushed.words()[2] == "refs/heads/release/1"


def test_many_refs_at_once_hand_one_over(pushed: Pushed) -> None:
    pushed.install(*pushed.telling())
    pushed.remote.git("commit", "-q", "--allow-empty", "-m", "A commit")
    pushed.remote.git("tag", "v1")
    pushed.remote.git(
        "push", "-q", "origin", "v1", *(f"HEAD:refs/heads/{name}" for name in ("a", "main", "z"))
    )
    assert pushed.words()[2:] == ["refs/heads/main"]
    assert pushed.logged("ended").count("push: ") == 1


def test_a_command_that_fails_fails_no_push_and_is_told_in_the_log(pushed: Pushed) -> None:
    pushed.install("sh", "-c", "echo it rained; echo and poured >&2; exit 3")
    assert pushed.push().returncode == 0
    text = pushed.logged("it rained", "and poured", "ended with exit code 3")
    assert len(text.splitlines()) == 4


def test_a_command_that_is_not_there_fails_no_push(pushed: Pushed) -> None:
    pushed.install("/nonexistent/vnext", "hook")
    assert pushed.push().returncode == 0
    pushed.logged("/nonexistent/vnext", "ended with exit code 127")


def test_a_log_that_cannot_be_written_keeps_nothing_from_being_handed_over(pushed: Pushed) -> None:
    pushed.log.mkdir()
    pushed.install(*pushed.telling())
    assert pushed.push().returncode == 0
    assert pushed.words()[2] == "refs/heads/main"


def test_the_log_is_bounded(pushed: Pushed) -> None:
    pushed.log.write_text("old\n" * 300_000)
    pushed.install("sh", "-c", "seq 1 100000")
    assert pushed.push().returncode == 0
    kept = pushed.log.with_name(f"{pushed.log.name}.1")
    deadline = time.monotonic() + PATIENCE
    while not (kept.exists() and pushed.log.exists() and len(pushed.log.read_text().splitlines()) == 200):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert kept.stat().st_size == 1_200_000
    pushed.install(*pushed.telling())
    pushed.push()
    assert pushed.words()
    text = pushed.logged("ended with exit code 0")
    assert len(text.splitlines()) == 202


def test_hostile_words_of_branch_and_command_are_only_words(pushed: Pushed, tmp_path: Path) -> None:
    branch = "a'b\"$(id)`id`;x"
    pushed.install(*pushed.telling(), "$(touch PWNED)", "; touch PWNED", branch=branch)
    assert pushed.push(branch).returncode == 0
    assert _once_there(pushed.told).splitlines()[:2] == ["$(touch PWNED)", "; touch PWNED"]
    assert _once_there(pushed.told).splitlines()[-1] == f"refs/heads/{branch}"
    assert list(tmp_path.rglob("PWNED")) == []


def test_the_hook_that_was_there_goes_on_with_the_same_lines(pushed: Pushed, tmp_path: Path) -> None:
    theirs = pushed.hooks / NAME
    theirs.write_text(f"#!/bin/sh\ncat >{shlex.quote(str(tmp_path))}/theirs\necho theirs\nexit 5\n")
    theirs.chmod(0o755)
    pushed.install(*pushed.telling(), keep_aside=True)
    assert look_at_hook(pushed.hooks).aside
    done = pushed.push()
    head = pushed.remote.git("rev-parse", "HEAD")
    assert done.returncode == 0
    assert "remote: theirs" in done.stderr
    assert (tmp_path / "theirs").read_text() == f"{'0' * 40} {head} refs/heads/main\n"
    assert pushed.words() == ["0" * 40, head, "refs/heads/main"]
    assert (pushed.hooks / ASIDE).stat().st_mode & 0o111


def test_in_a_repository_with_files_beside_it(tmp_path: Path) -> None:
    pushed = Pushed.make(tmp_path)
    server = tmp_path / "server"
    subprocess.run(["git", "init", "-q", "-b", "other", server], check=True)
    pushed.remote.git("remote", "set-url", "origin", str(server))
    pushed.hooks = server / ".git" / "hooks"
    pushed.install(*pushed.telling())
    assert pushed.push().returncode == 0
    assert pushed.words()[2] == "refs/heads/main"
    assert (server / ".git" / "vnext-post-receive.log").is_file()
