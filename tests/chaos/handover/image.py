"""The controller's image, of this repository as it is: built on the machine's own engine before all else."""

from __future__ import annotations

from pathlib import Path

from demo.machine.images import Images
from demo.machine.running import run

CONTROLLER = "vnext-local/controller:chaos"

_ROOT = Path(__file__).parents[3]
_BUILD_SECONDS = 1200.0


def ensure_controller(images: Images) -> str:
    """The image's name; what fits of an earlier one is in the builder's cache. Raises CommandFailed."""
    build = ["docker", "build", "--quiet", "--target", "runtime", "--tag", CONTROLLER]
    build += ["--build-arg", f"PYTHON_IMAGE={images.python}", str(_ROOT)]
    run(build, timeout=_BUILD_SECONDS)
    return CONTROLLER
