"""What the Engine API says of images and containers, read into values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.model.release import ServiceState

ASKED_LABEL = "deployment.asked"
_KEPT_UP = ("always", "unless-stopped")


@dataclass(frozen=True, kw_only=True)
class Image:
    """`id` is `sha256:…`, `bytes` what it takes unpacked."""

    id: str
    bytes: int
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Container:
    """`ports` are the ports published on the host; `label` is what deployment.service calls the service,
    `group` what deployment.group says; `asked` is what the label deployment.asked of a one-off container
    tells of its run. A container that was made and never started has no `started_at`, and an `exit_code` of
    0 that means nothing. `oom_killed`: its last end was for want of memory; `finished_at` is when that was.
    `kept_up`: Docker starts it again however it ends, unless somebody stopped it."""

    id: str
    name: str
    service: str | None
    image: str
    image_name: str
    running: bool
    health: str | None
    restarts: int
    exit_code: int | None
    started_at: datetime | None
    ports: frozenset[int]
    mounts: Mapping[str, str]
    label: str | None = None
    asked: str | None = None
    oom_killed: bool = False
    finished_at: datetime | None = None
    hostname: str | None = None
    kept_up: bool = False
    group: str | None = None

    def state(self) -> ServiceState:
        return ServiceState(
            service=self.label or self.service or self.name,
            container=self.name,
            image=self.image,
            running=self.running,
            health=self.health,
            restarts=self.restarts,
            started_at=self.started_at,
        )


def container_of(raw: Mapping[str, Any]) -> Container:
    """A container as `inspect` tells it."""
    state = raw["State"]
    labels = raw["Config"].get("Labels") or {}
    bindings = (raw.get("NetworkSettings") or {}).get("Ports") or {}
    policy = (raw.get("HostConfig") or {}).get("RestartPolicy") or {}
    published = {int(b["HostPort"]) for found in bindings.values() for b in found or [] if b.get("HostPort")}
    return Container(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        service=labels.get("com.docker.compose.service"),
        image=raw["Image"],
        image_name=raw["Config"]["Image"],
        running=bool(state["Running"]) and not state.get("Restarting"),
        health=(state.get("Health") or {}).get("Status"),
        restarts=raw.get("RestartCount", 0),
        exit_code=None if state["Running"] else state.get("ExitCode"),
        started_at=time_of(state.get("StartedAt")),
        ports=frozenset(published),
        label=labels.get("deployment.service"),
        asked=labels.get(ASKED_LABEL),
        oom_killed=bool(state.get("OOMKilled")),
        finished_at=time_of(state.get("FinishedAt")),
        hostname=raw["Config"].get("Hostname"),
        kept_up=policy.get("Name") in _KEPT_UP,
        group=labels.get("deployment.group"),
        mounts={m["Destination"]: m["Source"] for m in raw.get("Mounts") or [] if m.get("Source")},
    )


def service_labels(compose_project: str) -> list[str]:
    """What containers of services have there: a one-off container, also of a service, is not the service."""
    return [f"com.docker.compose.project={compose_project}", "com.docker.compose.oneoff=False"]


def by_service(containers: Iterable[Container]) -> dict[str, list[Container]]:
    """Without those of no service; a service has several where the compose file asks for replicas."""
    found: dict[str, list[Container]] = {}
    for container in containers:
        if container.service is not None:
            found.setdefault(container.service, []).append(container)
    return found


def time_of(text: str | None) -> datetime | None:
    """Docker's RFC 3339 with nanoseconds; its zero time means never."""
    if not text or text.startswith("0001"):
        return None
    head, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{fraction[:6] or '0'}+00:00")
