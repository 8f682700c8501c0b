"""`python -m demo.machine COMMAND`: see `USAGE`."""

from __future__ import annotations

import sys

from demo.machine.compose import compose_command
from demo.machine.engine import ensure_engine
from demo.machine.images import ensure_images, remove_images
from demo.machine.running import MachineError

USAGE = """usage: python -m demo.machine COMMAND

  ready    see that Docker Engine runs, Compose is there and the base images exist
  images   pull or make the base images; print PYTHON_IMAGE=... and POSTGRES_IMAGE=...
  clean    remove the base images that were made here
"""


def main(arguments: list[str]) -> int:
    """Carry one command out; 0 done, 1 the machine lacks something, 64 wrong usage."""
    try:
        match arguments:
            case ["ready"]:
                ensure_engine(_tell)
                compose_command()
                ensure_images(_tell)
            case ["images"]:
                for name, value in ensure_images(_tell).environment().items():
                    print(f"{name}={value}")
            case ["clean"]:
                remove_images(_tell)
            case _:
                print(USAGE, end="", file=sys.stderr)
                return 64
    except MachineError as lack:
        print(f"machine: {lack}", file=sys.stderr)
        return 1
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
