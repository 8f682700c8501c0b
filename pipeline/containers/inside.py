"""A command inside a running container, bounded from inside: ending the client ends nothing there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.process import Command

_NOT_STARTED = (126, 127)
_NO_TIMEOUT = re.compile(r'OCI runtime exec failed.*"timeout"')


def inside(container: str, argv: Sequence[str], *, seconds: int) -> Command:
    """`argv` in the container, as its user and in its directory, without a shell, killed after `seconds` by
    the container's own `timeout`, with all that it started."""
    bounded = ("timeout", "-s", "KILL", str(seconds), *argv)
    return Command(argv=("docker", "exec", "--", container, *bounded))


def lacks_timeout(exit_code: int, output: str) -> bool:
    """Whether the image has no `timeout` that could bound the command."""
    return exit_code in _NOT_STARTED and _NO_TIMEOUT.search(output) is not None
