"""`python -m tests.benchmarks [NAME]`: each benchmark ends with one line `NAME: figure=… …`."""

from __future__ import annotations

import asyncio
import sys

from tests.benchmarks import (
    backup,
    cutover,
    journal,
    latency,
    pipeline,
    poll,
    restore,
    resume,
    startup,
    streaming,
)

BENCHMARKS = {
    "backup": backup.main,
    "cutover": cutover.main,
    "journal": journal.main,
    "latency": latency.main,
    "pipeline": pipeline.main,
    "poll": poll.main,
    "restore": restore.main,
    "resume": resume.main,
    "startup": startup.main,
    "streaming": streaming.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; benchmarks: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 64
    for name in names or BENCHMARKS:
        asyncio.run(BENCHMARKS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
