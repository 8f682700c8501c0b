"""`python -m pipeline setup-git` as a process, on real repositories; `hook` where nobody listens."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import JournalSettings
from tests.ports import free_port

URL = "git@git.example.org:owner/agent.git"
SECONDS = 60.0
SETTINGS = {name.upper() for name in JournalSettings.model_fields}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


def _run(home: Path, *words: str, **changes: str) -> tuple[int, str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in SETTINGS and not k.startswith(("GIT_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        env={**kept, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **changes},
        cwd=home,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


def _git(directory: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", directory, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _everything(*roots: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each file with its mode, its time and its content."""
    return {
        str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
    }


def _marked(out: str, mark: str) -> list[str]:
    return [line.removeprefix(mark).strip() for line in out.splitlines() if line.startswith(f"{mark} ")]


@pytest.mark.parametrize(("options", "git"), [([], ".git"), (["--bare"], ".")])
def test_it_sets_everything_up_and_the_second_time_changes_nothing(
    home: Path, options: list[str], git: str
) -> None:
    directory = home / "deep" / "agent"
    asked = ["setup-git", str(directory), "--github-url", URL, *options]
    code, out, err = _run(home, *asked)
    assert (code, err) == (0, "")
    assert len(_marked(out, "set")) == 9
    assert _marked(out, "kept") == []
    assert (directory / git / "hooks" / "post-receive").stat().st_mode & 0o777 == 0o755
    assert _git(directory, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert _git(directory, "config", "remote.origin.url") == URL
    assert _git(directory, "config", "--local", "user.name") == "vnext"
    key = home / ".ssh" / "id_ed25519"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    public = key.with_suffix(".pub").read_text().strip()
    assert public in out.splitlines()
    assert "ssh-keyscan -t ed25519 git.example.org" in out
    assert not (home / ".ssh" / "known_hosts").exists()

    before = _everything(home)
    code, again, err = _run(home, *asked)
    assert (code, err) == (0, "")
    assert _marked(again, "set") == []
    assert "Everything was there already: nothing changed." in again.splitlines()
    assert public in again.splitlines()
    assert _everything(home) == before


def test_what_is_there_is_kept(home: Path) -> None:
    directory = home / "agent"
    subprocess.run(["git", "init", "-q", "-b", "trunk", directory], check=True)
    _git(directory, "config", "receive.fsckObjects", "false")
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Lovelace\n")
    (home / ".ssh").mkdir()
    key = home / ".ssh" / "id_ed25519"
    key.write_text("a key of mine")
    key.chmod(0o644)
    code, out, err = _run(home, "setup-git", str(directory), "--branch", "trunk")
    assert (code, err) == (0, "")
    assert _marked(out, "kept") == [
        f"the repository {directory}",
        "user.name = Ada Lovelace",
        "receive.fsckObjects = false",
        f"the ssh key {key}",
    ]
    assert (key.read_text(), stat.S_IMODE(key.stat().st_mode)) == ("a key of mine", 0o644)
    assert f"ssh-keygen -y -f {key}" in out
    assert f"chmod 600 {key}" in out
    assert "user.name" not in (directory / ".git" / "config").read_text()
    assert _git(directory, "config", "--local", "receive.fsckObjects") == "false"


def test_another_remote_and_hooks_from_elsewhere_are_refused_before_anything_is_changed(home: Path) -> None:
    directory = home / "agent"
    subprocess.run(["git", "init", "-q", directory], check=True)
    _git(directory, "remote", "add", "origin", "https://example.org/other.git")
    before = _everything(home)
    code, out, err = _run(home, "setup-git", str(directory), "--github-url", URL)
    assert (code, out) == (64, "")
    assert err.startswith(f"The remote origin of {directory} is https://example.org/other.git, not {URL}.")
    _git(directory, "config", "core.hooksPath", "/srv/hooks")
    code, out, err = _run(home, "setup-git", str(directory))
    assert (code, out) == (64, "")
    assert "from /srv/hooks (core.hooksPath)" in err
    _git(directory, "config", "--unset", "core.hooksPath")
    assert {name: kept[2] for name, kept in _everything(home).items() if not name.endswith("/config")} == {
        name: kept[2] for name, kept in before.items() if not name.endswith("/config")
    }


def test_a_hook_of_other_hands_is_kept_aside_and_a_second_one_refused(home: Path) -> None:
    directory = home / "agent"
    subprocess.run(["git", "init", "-q", directory], check=True)
    hook = directory / ".git" / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho theirs\n")
    hook.chmod(0o755)
    code, out, _ = _run(home, "setup-git", str(directory))
    assert code == 0
    assert (
        f"the hook {hook}; the one that was there is post-receive.before-vnext now and runs after it" in out
    )
    assert hook.with_name("post-receive.before-vnext").read_text() == "#!/bin/sh\necho theirs\n"
    hook.write_text("#!/bin/sh\necho another\n")
    code, out, err = _run(home, "setup-git", str(directory))
    assert (code, out) == (64, "")
    assert "is a hook of other hands, and" in err
    assert hook.read_text() == "#!/bin/sh\necho another\n"


def test_another_branch_or_command_writes_our_hook_anew(home: Path) -> None:
    directory = home / "agent.git"
    assert _run(home, "setup-git", str(directory), "--bare")[0] == 0
    code, out, _ = _run(home, "setup-git", str(directory), "--branch", "next", "--command", "run 'a b'")
    assert code == 0
    assert _marked(out, "set") == [f"the hook {directory}/hooks/post-receive"]
    text = (directory / "hooks" / "post-receive").read_text()
    assert "\nbranch=next\n" in text
    assert "run 'a b' \"$@\"" in text
    assert "A push to next is handed to: run 'a b'" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("agent/sub", "lies inside the repository"),
        ("file", "is not a directory"),
        ("file/sub", "cannot be used"),
    ],
)
def test_a_directory_that_cannot_be_one_is_refused(home: Path, name: str, said: str) -> None:
    subprocess.run(["git", "init", "-q", home / "agent"], check=True)
    (home / "file").write_text("")
    before = _everything(home)
    code, out, err = _run(home, "setup-git", str(home / name))
    assert (code, out) in {(64, ""), (3, "")}
    assert said in err
    assert "Traceback" not in err
    assert _everything(home) == before


def test_a_directory_named_like_an_option_is_a_directory(home: Path) -> None:
    code, _, err = _run(home, "setup-git", "--bare", "--", "--template=x")
    assert (code, err) == (0, "")
    assert _git(home / "--template=x", "rev-parse", "--is-bare-repository") == "true"


def test_a_hook_whose_journal_is_away_says_that_the_push_is_not_lost(home: Path) -> None:
    settings = {
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(free_port()),
        "DB_PASSWORD": "hunter2-secret",
        "GIT_URL": "/srv/agent.git",
    }
    words = ("1" * 40, "2" * 40, "refs/heads/main")
    code, out, err = _run(home, "hook", *words, **settings)
    assert (code, out) == (3, "")
    assert "The push is not lost: the bot finds it when it looks at the remote next" in err
    assert "hunter2" not in err
    code, out, err = _run(home, "hook", *words[:2], "refs/heads/other", **settings)
    assert (code, out, err) == (0, "main is watched, and it was not pushed: nothing to do.\n", "")
    assert _run(home, "hook", "x", "y", "refs/heads/main", **settings)[0] == 64
