"""One git command through GitPython: bounded in time, deaf to hooks and prompts, gone when cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.process import inherited
from pipeline.source.errors import GitFailed

if TYPE_CHECKING:
    from git import Git

_REASON_CHARACTERS = 500
_TERM_SECONDS = 5.0

_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.autocrlf", "false"),
    ("gc.auto", "0"),  # a commit that a forced push left behind may be the live one
    ("maintenance.auto", "false"),
    ("safe.directory", "*"),  # the directory is always named by us, never discovered
    ("advice.detachedHead", "false"),
)

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=10",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_PAGER": "cat",
    "LANG": "C",
}


@dataclass(frozen=True)
class GitCommand:
    """`arguments` after `git`; `directory` is the repository, or None for a command that needs none.
    `secrets` are struck out of whatever git says."""

    arguments: tuple[str, ...]
    directory: Path | None = None
    config: tuple[tuple[str, str], ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def environment(self) -> dict[str, str]:
        settings = (*_SETTINGS, *self.config)
        numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            numbered[f"GIT_CONFIG_KEY_{number}"] = key
            numbered[f"GIT_CONFIG_VALUE_{number}"] = value
        # Without a repository it must not find one around the working directory.
        directory = {"GIT_DIR": str(self.directory or "/dev/null")}
        return {**_ENVIRONMENT, **numbered, **directory, **self.env}

    def redacted(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


async def run_git(command: GitCommand, *, timeout: float) -> bytes:
    """Standard output. Raises GitFailed, also after `timeout` seconds."""
    call = _Call(command)
    try:
        return await asyncio.to_thread(call.run, timeout)
    except asyncio.CancelledError:
        call.stop()
        raise


class _Call:
    """One process, which another thread may stop."""

    def __init__(self, command: GitCommand) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._handle: Git.AutoInterrupt | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, timeout: float) -> bytes:
        subcommand = self._command.arguments[0]
        process = self._start()
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._end(process)
            raise GitFailed(subcommand, f"no answer within {timeout:g} s") from None
        if process.returncode != 0:
            raise GitFailed(subcommand, self._reason(process.returncode, errors))
        return bytes(output)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._process is not None:
                _signal(self._process, signal.SIGTERM)

    def _start(self) -> subprocess.Popen[bytes]:
        arguments = self._command.arguments
        missing = GitFailed(arguments[0], "git is not installed or not on PATH")
        try:
            from git import Git, GitCommandNotFound  # only here: importing it runs git, and fails without
        except ImportError as error:
            raise missing from error
        with self._lock:
            if self._stopped:
                raise GitFailed(arguments[0], "cancelled")
            try:
                # Kept, because GitPython ends the process as soon as nobody holds this handle.
                self._handle = Git("/").execute(
                    ["git", *arguments],
                    as_process=True,
                    env=self._command.environment(),
                    start_new_session=True,
                    pass_fds=inherited(),
                )
            except GitCommandNotFound as error:
                raise missing from error
            if self._handle.proc is None:
                raise GitFailed(arguments[0], "no process was started")
            self._process = self._handle.proc
            return self._process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _signal(process, signal.SIGTERM)
        try:
            process.communicate(timeout=_TERM_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()
        finally:
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def _reason(self, code: int, errors: bytes) -> str:
        said = self._command.redacted(errors.decode(errors="replace")).split("\n")
        lines = " · ".join(line.strip() for line in said if line.strip())
        return (lines[-_REASON_CHARACTERS:] or f"exit code {code}").rstrip(".")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
