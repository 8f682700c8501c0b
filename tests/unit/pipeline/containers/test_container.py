"""What the Engine API says of a container, read into a value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.containers.container import Container, container_of, time_of
from pipeline.model.release import ServiceState
from tests.unit.pipeline.samples import IMAGE


def _raw(**changes: Any) -> dict[str, Any]:
    state = {
        "Running": True,
        "Restarting": False,
        "ExitCode": 0,
        "StartedAt": "2026-03-01T12:00:00.123456789Z",
        "Health": {"Status": "healthy"},
        **changes.pop("State", {}),
    }
    return {
        "Id": "c0ffee",
        "Name": "/agent_app",
        "Image": IMAGE,
        "RestartCount": 1,
        "Config": {
            "Image": "agent:4f2a-r5",
            "Labels": {"com.docker.compose.service": "app", "deployment.group": "agent"},
        },
        "NetworkSettings": {
            "Ports": {
                "8000/tcp": [
                    {"HostIp": "127.0.0.1", "HostPort": "18000"},
                    {"HostIp": "::1", "HostPort": "18000"},
                ],
                "9000/tcp": None,
                "9001/tcp": [{"HostIp": "", "HostPort": ""}],
            }
        },
        "Mounts": [
            {"Type": "bind", "Source": "/srv/agent", "Destination": "/installation"},
            {"Type": "tmpfs", "Source": "", "Destination": "/scratch"},
        ],
        **changes,
        "State": state,
    }


STARTED = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_running_container() -> None:
    found = container_of(_raw())
    assert found == Container(
        id="c0ffee",
        name="agent_app",
        service="app",
        image=IMAGE,
        image_name="agent:4f2a-r5",
        group="agent",
        running=True,
        health="healthy",
        restarts=1,
        exit_code=None,
        started_at=STARTED,
        ports=frozenset({18000}),
        mounts={"/installation": "/srv/agent"},
    )
    assert found.state() == ServiceState(
        service="app",
        container="agent_app",
        image=IMAGE,
        running=True,
        health="healthy",
        restarts=1,
        started_at=STARTED,
    )


@pytest.mark.parametrize(
    ("state", "running", "health", "exit_code", "started"),
    [
        ({"Health": None}, True, None, None, STARTED),
        ({"Health": {"Status": "starting"}}, True, "starting", None, STARTED),
        ({"Running": False, "ExitCode": 137}, False, "healthy", 137, STARTED),
        ({"Running": True, "Restarting": True, "ExitCode": 1}, False, "healthy", None, STARTED),
        ({"Running": False, "StartedAt": "0001-01-01T00:00:00Z"}, False, "healthy", 0, None),
    ],
)
def test_how_a_container_stands(
    state: dict[str, Any], running: bool, health: str | None, exit_code: int | None, started: datetime | None
) -> None:
    found = container_of(_raw(State=state))
    assert (found.running, found.health, found.exit_code, found.started_at) == (
        running,
        health,
        exit_code,
        started,
    )


@pytest.mark.parametrize(
    ("policy", "kept_up"),
    [("always", True), ("unless-stopped", True), ("on-failure", False), ("no", False), ("", False)],
)
def test_whether_docker_keeps_it_up(policy: str, kept_up: bool) -> None:
    assert container_of(_raw(HostConfig={"RestartPolicy": {"Name": policy}})).kept_up is kept_up


def test_a_bare_container_of_nobodys() -> None:
    found = container_of(
        _raw(Config={"Image": "busybox", "Labels": None}, NetworkSettings={"Ports": None}, Mounts=None)
    )
    assert (found.service, found.ports, found.mounts) == (None, frozenset(), {})
    assert found.state().service == "agent_app"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T12:00:00.123456789Z", STARTED),
        ("2026-03-01T12:00:00.123456Z", STARTED),
        ("2026-03-01T12:00:00.5Z", datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=UTC)),
        ("2026-03-01T12:00:00.1234Z", datetime(2026, 3, 1, 12, 0, 0, 123400, tzinfo=UTC)),
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, 0, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_dockers_times(text: str | None, time: datetime | None) -> None:
    assert time_of(text) == time
