"""`python -m pipeline.drawing`: a picture as JSON on standard input, as PNG on standard output."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

MEMORY = 1 << 30
"""Bytes of address space, most of which is never touched: a picture takes some 140 MB."""

CPU_SECONDS = 30
MOST = 4 << 20
"""Bytes of JSON."""


def _bounded() -> None:
    """Where memory is short, this process goes and not the one that waits for it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> int:
    _bounded()
    text = sys.stdin.buffer.read(MOST + 1)
    if len(text) > MOST:
        print(f"more than {MOST} bytes to draw", file=sys.stderr)  # noqa: T201 - the last line is told
        return 1
    from pipeline.drawing.draw import png
    from pipeline.drawing.values import Picture

    sys.stdout.buffer.write(png(Picture.from_json(text)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
