"""What happened between two moments: events of containers, and lines that they wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import docker

from pipeline.containers.engine import Engine
from pipeline.process import Lines

_EVENTS = ["oom", "health_status", "stop"]
_UNHEALTHY = "health_status: unhealthy"
_MOST_LINES = 20_000


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Names of compose services, each as often as it happened: OOM kills, changes to unhealthy, and
    stops that somebody asked for."""

    oom: list[str]
    unhealthy: list[str]
    stopped: list[str]


async def happened(engine: Engine, labels: Sequence[str], since: datetime, until: datetime) -> Happened:
    """The daemon keeps its newest 256 events. Raises EngineUnreachable, EngineRefused."""

    def work(client: docker.DockerClient) -> Happened:
        filters = {"type": "container", "label": list(labels), "event": _EVENTS}
        found: dict[str, list[str]] = {"oom": [], _UNHEALTHY: [], "stop": []}
        events: Any = client.api.events  # declared for whole seconds, which would tell an event twice
        stream = events(decode=True, filters=filters, since=_moment(since), until=_moment(until))
        with contextlib.closing(stream):
            for event in stream:
                action, attributes = _read(event)
                if action in found and (service := attributes.get("com.docker.compose.service")):
                    found[action].append(service)
        return Happened(oom=found["oom"], unhealthy=found[_UNHEALTHY], stopped=found["stop"])

    return await engine.ask(work)


def _read(event: dict[str, Any]) -> tuple[str, dict[str, str]]:
    return str(event.get("Action")), (event.get("Actor") or {}).get("Attributes") or {}


@dataclass(frozen=True, kw_only=True)
class Matched:
    """How many lines matched, and the first of them, without secrets."""

    count: int
    first: str


async def matching(
    engine: Engine,
    container: str,
    since: datetime,
    until: datetime,
    matches: Callable[[str], bool],
    redact: Callable[[str], str],
) -> Matched:
    """Of the newest 20,000 lines between the two moments, each cut at 8 KiB, in bounded memory.

    Raises EngineUnreachable, EngineRefused.
    """

    def work(client: docker.DockerClient) -> Matched:
        count, first = 0, ""

        def look(line: str) -> None:
            nonlocal count, first
            if matches(line):
                count, first = count + 1, first or line

        split = Lines(look, redact)
        stream = client.api.logs(
            container,
            stdout=True,
            stderr=True,
            stream=True,
            follow=False,
            since=since.timestamp(),
            until=until.timestamp(),
            tail=_MOST_LINES,
        )
        with contextlib.closing(stream):
            for chunk in stream:
                split.feed(chunk)
        split.close()
        return Matched(count=count, first=first)

    return await engine.ask(work)


def _moment(at: datetime) -> str:
    """Docker takes seconds with a fraction."""
    return f"{at.timestamp():.6f}"
