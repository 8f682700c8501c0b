"""Containers and events for the tables of the watch."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.containers.container import Container
from pipeline.containers.events import Happened

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def container(service: str = "app", **changed: Any) -> Container:
    values: dict[str, Any] = {
        "id": f"id-{service}",
        "name": f"{service}-1",
        "service": service,
        "image": "sha256:1",
        "image_name": service,
        "running": True,
        "health": None,
        "restarts": 0,
        "exit_code": None,
        "started_at": NOW,
        "ports": frozenset(),
        "mounts": {},
    }
    return Container(**{**values, **changed})


def dead(code: int = 1, **changed: Any) -> Container:
    return container(running=False, exit_code=code, **changed)


def event(action: str, at: float, service: str = "app", **more: Any) -> Happened:
    return Happened(action=action, container=f"id-{service}", service=service, at=after(at), **more)


def died(at: float, code: int = 1) -> Happened:
    return event("die", at, exit_code=code)
