"""Ports of the loopback that nobody listens on."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

_FIRST, _EACH, _PROCESSES = 10_000, 4_000, 5


def free_port() -> int:
    """Never the same twice in a row of thousands, and none that the kernel gives to whoever asks for any,
    nor one of another test process: it may be minutes until somebody listens there."""
    for port in _drawn:
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LookupError(f"{_EACH} ports were given away")


def _of_this_process() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    first = _FIRST + number * _EACH
    return iter(random.sample(range(first, first + _EACH), _EACH))


_drawn = _of_this_process()
