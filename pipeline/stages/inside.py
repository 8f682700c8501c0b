"""How the smoke test asks outside: HTTP, TCP, and commands in the containers of the compose project."""

from __future__ import annotations

import math

from pipeline.containers.container import service_labels
from pipeline.containers.inside import inside, lacks_timeout
from pipeline.model.checks import OwnCheck
from pipeline.model.errors import PipelineError
from pipeline.probe import connect, get_json
from pipeline.process import run
from pipeline.project.application import Application
from pipeline.smoke import COMMAND_MS, Ran, Ways
from pipeline.stages.journey import Hands

_STOPPED = (124, 137)  # what timeout ends with, by itself or by the signal it sends
_CLIENT_SECONDS = 10.0  # what the client has beyond the command itself


def ways(hands: Hands, app: Application) -> Ways:
    return Ways(
        get=lambda url, seconds: get_json(url, timeout=seconds),
        connect=lambda host, port, seconds: connect(host, port, timeout=seconds),
        execute=lambda check: _execute(hands, check, check.service or app.names[0]),
    )


async def _execute(hands: Hands, check: OwnCheck, service: str) -> Ran:
    """Raises PipelineError where the command could not be run at all."""
    labels = [*service_labels(hands.compose.project), f"com.docker.compose.service={service}"]
    running = [c for c in await hands.engine.containers(labels, everything=False) if c.running]
    if not running:
        raise PipelineError(f"No container of {service} runs.", advice="See why it is not up.")
    limit = (check.within_ms or COMMAND_MS) / 1000
    finished = await run(
        inside(min(running, key=lambda c: c.name).id, check.command or (), seconds=math.ceil(limit)),
        timeout=math.ceil(limit) + _CLIENT_SECONDS,
        redact=hands.redact,
    )
    output = f"{finished.stdout}\n{finished.stderr}"
    if lacks_timeout(finished.exit_code, output):
        raise PipelineError(
            f"The image of {service} has no program named timeout, which would end a command that hangs.",
            advice="Add it (coreutils or BusyBox), or check by HTTP or TCP.",
        )
    stopped = finished.exit_code in _STOPPED and finished.seconds >= math.ceil(limit)
    lines = [line for line in output.splitlines() if line.strip()]
    return Ran(
        exit_code=None if stopped else finished.exit_code,
        milliseconds=round(finished.seconds * 1000),
        last=lines[-1] if lines else "",
    )
