"""The ground of the fault tests: namespaces of their own, so that nothing of this machine is touched.

Everything runs as children of one process that is the first of its own PID namespace. When that ends, be it
by a signal or well, the kernel ends all the others, and with the last of them go mounts and network. What
lies on disk and the control groups are removed from outside.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from demo.machine.engine import ensure_engine
from demo.machine.images import Images, ensure_images
from demo.machine.running import MachineError, as_root, run
from tests.chaos.handover.image import ensure_controller

FOLDER = "VNEXT_CHAOS_FOLDER"
"""Set inside, where all files of this run lie."""

ARCHIVES = "VNEXT_CHAOS_ARCHIVES"
"""Set inside: descriptors from which the base images can be loaded."""

CODE = "code"
"""Folder with the code as it was at the start: who edits it meanwhile changes nothing."""

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("bot", "pipeline")
_TOOLS = {"unshare": "util-linux", "dockerd": "docker.io", "docker": "docker.io", "git": "git"}
_END_SECONDS = 30.0
_CGROUPS = Path("/sys/fs/cgroup")


def enter(arguments: Sequence[str], *, controller: bool) -> int:
    """Runs this module's package again inside; its exit code. `controller`: its image is needed there.

    Raises MachineError.
    """
    program = [sys.executable, "-m", "tests.chaos", *arguments]
    if os.geteuid() != 0:
        argv = as_root(program)
        os.execvp(argv[0], argv)  # noqa: S606 - this program itself, with root's rights
    os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"
    for tool, package in _TOOLS.items():
        if shutil.which(tool) is None:
            raise MachineError(f"`{tool}` is missing: install {package}")
    ensure_engine()
    images = ensure_images()
    more = [ensure_controller(images)] if controller else []
    beside = Path(run(["docker", "info", "--format", "{{.DockerRootDir}}"], timeout=20).strip()).parent
    folder = Path(tempfile.mkdtemp(prefix="vnext-chaos-", dir=beside))
    try:
        for package in _PACKAGES:
            shutil.copytree(_ROOT / package, folder / CODE / package)
        return _inside(folder, images, more, program)
    finally:
        _clear(folder)


def _inside(folder: Path, images: Images, more: Sequence[str], program: Sequence[str]) -> int:
    """Whoever is inside ends when its standard input does, so that it never outlives this process."""
    names = sorted({images.python, images.postgres, *more})
    saves = [subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE) for name in names]
    archives = [save.stdout.fileno() for save in saves if save.stdout]
    away = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
    process = subprocess.Popen(
        [*away, *program],
        stdin=subprocess.PIPE,
        pass_fds=archives,
        start_new_session=True,
        env={
            **os.environ,
            **images.environment(),
            FOLDER: str(folder),
            ARCHIVES: " ".join(str(archive) for archive in archives),
        },
    )
    for save in saves:
        if save.stdout:
            save.stdout.close()
    assert process.stdin is not None
    told = process.stdin
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: told.close())
    try:
        while process.poll() is None and not told.closed:
            time.sleep(0.1)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
    finally:
        process.kill()
        process.wait()
        for save in saves:
            save.kill()
            save.wait()
    return 130 if told.closed else process.returncode


def _clear(folder: Path) -> None:
    """Mounts go a moment after the last process."""
    deadline = time.monotonic() + _END_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1)
    if folder.exists():
        sys.stderr.write(f"chaos: {folder} could not be removed\n")
    for group in _CGROUPS.glob(f"**/{folder.name}"):
        for inner, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(inner).rmdir()
