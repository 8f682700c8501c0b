"""Image builds through the docker command line, which takes BuildKit where it is and the classic builder
where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.process import Command

_CLASSIC = re.compile(r"^Step (\d+)/(\d+) : (.*)$")
_STEERING = re.compile(r"^(PATH|HOME|LD_\w+|(DOCKER|BUILDX|BUILDKIT|COMPOSE|SSH)_\w+)$")
_BUILDKIT = re.compile(r"^#\d+ \[(?:[\w.-]+ )?(\d+)/(\d+)\] (.*)$")


def build(
    context: Path,
    *,
    dockerfile: str,
    target: str | None,
    args: Mapping[str, str],
    labels: Mapping[str, str],
    image_id_file: Path,
) -> Command:
    """Builds `context`; the id of the image goes to `image_id_file`.

    Build arguments go by environment, so that a value never stands in the process list; all but those
    whose name would steer the docker command line itself.
    """
    argv = ["docker", "build", "--force-rm", "--iidfile", str(image_id_file)]
    argv += ["--file", str(context / dockerfile)]
    if target:
        argv += ["--target", target]
    steering = {name for name in args if _STEERING.match(name)}
    for name in sorted(args):
        argv += ["--build-arg", f"{name}={args[name]}" if name in steering else name]
    for name, value in sorted(labels.items()):
        argv += ["--label", f"{name}={value}"]
    argv.append(str(context))
    env = {name: value for name, value in args.items() if name not in steering}
    return Command(argv=tuple(argv), env={**env, "BUILDKIT_PROGRESS": "plain"})


def step(line: str) -> str | None:
    """`3/8 RUN …` from a progress line of either builder, else None."""
    match = _CLASSIC.match(line) or _BUILDKIT.match(line)
    if match is None:
        return None
    number, total, words = match.groups()
    return f"step {number}/{total} {words}"
