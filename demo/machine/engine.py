"""Docker Engine: used as it is where it answers, else started."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable
from pathlib import Path

from demo.machine.running import CommandFailed, MachineError, as_root, run

START_SECONDS = 60.0
LOG = Path("/var/log/vnext-dockerd.log")
# The engine refuses to start while one of these names a living process, whatever that process is by now.
PID_FILES = {
    Path("/var/run/docker.pid"): "dockerd",
    Path("/var/run/docker/containerd/containerd.pid"): "containerd",
}
START = f"PATH=$PATH:/usr/sbin:/sbin; export PATH; setsid dockerd >>{LOG} 2>&1 </dev/null &"


def engine_version() -> str:
    """The version of the engine that answers; raise `CommandFailed` with the client's words if none does."""
    return run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=20).strip()


def ensure_engine(say: Callable[[str], None] = print) -> str:
    """Return the engine's version, starting it if needed; raise `MachineError` if it cannot be had."""
    try:
        return engine_version()
    except CommandFailed as silent:
        _refuse_what_starting_cannot_cure(silent)
    say("starting Docker Engine")
    if Path("/run/systemd/system").is_dir():
        run(as_root(["systemctl", "start", "docker"]), timeout=START_SECONDS)
    elif not process_runs("dockerd"):
        stale = [str(file) for file, name in PID_FILES.items() if is_stale(file, name)]
        if stale:
            run(as_root(["rm", "-f", *stale]), timeout=10)
        run(as_root(["sh", "-c", START]), timeout=10)
    return _wait()


def is_stale(pid_file: Path, name: str, proc: Path = Path("/proc")) -> bool:
    """Whether the file names a process that is gone, or that is by now another program than `name`."""
    try:
        pid = pid_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    return not pid.isdecimal() or _command(proc / pid) != name


def process_runs(name: str, proc: Path = Path("/proc")) -> bool:
    """Whether some process of this machine is the program `name`."""
    return any(_command(folder) == name for folder in proc.glob("[0-9]*"))


def _command(process: Path) -> str | None:
    try:
        return (process / "comm").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _refuse_what_starting_cannot_cure(silent: CommandFailed) -> None:
    if host := os.environ.get("DOCKER_HOST"):
        raise MachineError(f"DOCKER_HOST is {host}, and no Docker Engine answers there") from silent
    if "permission denied" in silent.output:
        user = getpass.getuser()
        raise MachineError(
            f"Docker Engine runs, but the user {user} may not use it: run the same with sudo, "
            f"or `sudo usermod -aG docker {user}` and log in again"
        ) from silent


def _wait() -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return engine_version()
        except CommandFailed as silent:
            _refuse_what_starting_cannot_cure(silent)
            if time.monotonic() > deadline:
                raise MachineError(
                    f"Docker Engine does not answer after {START_SECONDS:.0f} s.{_said()}"
                ) from silent
        time.sleep(0.5)


def _said() -> str:
    try:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
    except OSError:
        return " `journalctl -u docker` may say why."
    return "".join(f"\n    {line}" for line in (f"The end of {LOG}:", *tail))
