"""Run the machine's own commands, each with a time-out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PROXY_VARIABLES = "http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY"


class MachineError(Exception):
    """The machine lacks something; the text says what, and what to do about it."""


class CommandFailed(MachineError):
    """A command ended with an error, could not be started or took too long."""

    def __init__(self, argv: Sequence[str], reason: str, output: str = "") -> None:
        tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-15:])
        super().__init__(f"`{' '.join(argv[:6])}` {reason}" + (f":\n{tail}" if tail else ""))
        self.output = output


def run(argv: Sequence[str], *, timeout: float, stdin: Path | None = None) -> str:
    """Return what the command printed on stdout; raise `CommandFailed` unless it ended with 0."""
    try:
        with (stdin or Path(os.devnull)).open("rb") as source:
            done = subprocess.run(argv, stdin=source, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        raise CommandFailed(argv, f"did not end within {timeout:.0f} s") from late
    except OSError as missing:
        raise CommandFailed(argv, f"could not be started ({missing.strerror})") from missing
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if done.returncode:
        raise CommandFailed(argv, f"ended with code {done.returncode}", err or out)
    return out


def succeeds(argv: Sequence[str], *, timeout: float) -> bool:
    """Whether the command ends with 0 in time."""
    try:
        run(argv, timeout=timeout)
    except CommandFailed:
        return False
    return True


def as_root(argv: Sequence[str]) -> list[str]:
    """The same command with root's rights, through sudo where we are not root."""
    if os.geteuid() == 0:
        return list(argv)
    if shutil.which("sudo") is None:
        raise MachineError(f"`{argv[0]}` needs root, and sudo is not installed: run the same as root")
    return ["sudo", f"--preserve-env={PROXY_VARIABLES}", "--", *argv]
