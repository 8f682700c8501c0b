"""The first process of the namespaces: makes them habitable, and takes leave of whoever ends in them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path

_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x1 | 0x40
_CONTAINERD = Path("/run/containerd")


def settle() -> None:
    """Brings the loopback up, and hides a containerd of the machine: dockerd would use it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _IFF_UP_RUNNING, b""))
    _CONTAINERD.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", _CONTAINERD], check=True)


def live(main: Coroutine[object, object, int]) -> int:
    """Carries `main` out in a child, as the first process of a PID namespace must reap; its exit code.

    The child ends without closing anything: what it leaves ends with this process.
    """
    child = os.fork()
    if child == 0:
        asyncio.run(_until_told(main))
    main.close()
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status)


async def _until_told(main: Coroutine[object, object, int]) -> None:
    """Until `main` or standard input ends."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def look() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            told.set()

    loop.add_reader(sys.stdin.fileno(), look)
    working, stopping = asyncio.create_task(main), asyncio.create_task(told.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    code = 130
    if working.done():
        code = 1
        try:
            code = working.result()
        except Exception:
            traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
