"""When a container counts as well, and when there is no use in waiting for it."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.containers.engine import Container
from pipeline.model.errors import StageFailed
from pipeline.model.results import CheckLine
from pipeline.stages import switch
from pipeline.stages.switch import _all_well, is_dead, told, wait, well
from tests.unit.pipeline.samples import IMAGE, NOW

STARTUP = 10.0
BARE = Container(
    id="c0ffee",
    name="agent_app",
    service="app",
    image=IMAGE,
    image_name="agent:4f2a-r5",
    running=True,
    health=None,
    restarts=0,
    exit_code=None,
    started_at=NOW - timedelta(seconds=10),
    ports=frozenset(),
    mounts={},
)


@dataclass(frozen=True)
class Case:
    change: dict[str, Any]
    well: bool
    dead: bool


@pytest.mark.parametrize(
    "case",
    [
        Case({}, well=True, dead=False),
        Case({"started_at": NOW - timedelta(seconds=9.9)}, well=False, dead=False),
        Case({"started_at": None}, well=False, dead=False),
        Case({"health": "healthy", "started_at": NOW}, well=True, dead=False),
        Case({"health": "starting"}, well=False, dead=False),
        Case({"health": "unhealthy"}, well=False, dead=False),
        Case({"running": False}, well=False, dead=False),
        Case({"running": False, "exit_code": 0}, well=False, dead=False),
        Case({"running": False, "exit_code": 1}, well=False, dead=True),
        Case({"running": False, "exit_code": 137, "health": "healthy"}, well=False, dead=True),
        Case({"restarts": 2, "running": False}, well=False, dead=False),
        Case({"restarts": 3, "running": False}, well=False, dead=True),
        Case({"restarts": 3}, well=True, dead=True),
    ],
)
def test_how_a_container_is_judged(case: Case) -> None:
    container = replace(BARE, **case.change)
    assert well(container, NOW, STARTUP) is case.well
    assert is_dead(container) is case.dead


def test_a_service_is_well_when_all_its_containers_are() -> None:
    ill = replace(BARE, id="cafe", health="starting")
    assert _all_well([BARE, BARE], NOW, STARTUP)
    assert not _all_well([BARE, ill], NOW, STARTUP)
    assert not _all_well([ill, BARE], NOW, STARTUP)
    assert not _all_well([], NOW, STARTUP)


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("It answered 500.", "logs: It answered 500. Found: 6; allowed: 0."),
        ("ERROR\nand 3 more", "logs: ERROR\nand 3 more\nFound: 6; allowed: 0."),
    ],
)
def test_what_a_failed_check_tells(detail: str, said: str) -> None:
    assert told(CheckLine(name="logs", ok=False, figure="6", limit="0", detail=detail)) == said


@dataclass
class SlowToAnswer:
    """A Docker Engine that shows a container as it was when it was asked, and takes a while to say so; from
    the look `ends` on the container has ended with exit code 3."""

    ends: int
    now: datetime = NOW
    started_at: datetime = NOW
    looks: int = 0

    async def containers(self, _: Sequence[str]) -> list[Container]:
        self.looks += 1
        self.now += timedelta(seconds=STARTUP + 1)
        if self.looks < self.ends:
            return [replace(BARE, started_at=self.started_at)]
        return [replace(BARE, started_at=self.started_at, running=False, exit_code=3)]

    async def ask(self, _: object) -> None:
        """It is restarted."""
        self.started_at = self.now

    async def logs(self, _: str, **__: object) -> list[str]:
        return ["boom"]


class AlwaysNews:
    """Events of containers that come all the time."""

    async def wait(self) -> None:
        return

    def clear(self) -> None:
        return

    @contextlib.asynccontextmanager
    async def __call__(self, _: list[str]) -> AsyncIterator["AlwaysNews"]:
        yield self


def hands_on(engine: SlowToAnswer) -> Any:
    return SimpleNamespace(
        settings=SimpleNamespace(startup_wait=STARTUP, deployment_timeout=600, deployment_group="agent"),
        engine=engine,
        compose=SimpleNamespace(project="vnext"),
        clock=lambda: engine.now,
        redact=str,
    )


async def test_one_that_ends_while_docker_answers_has_not_run_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(switch, "container_events", AlwaysNews())
    app: Any = SimpleNamespace(services=[SimpleNamespace(name="app", critical=True)], names=["app"])
    with pytest.raises(StageFailed, match="app ended right after its start") as failed:
        await wait(hands_on(SlowToAnswer(ends=2)), app, lambda _: None)
    assert failed.value.log == "boom"


async def test_one_that_runs_on_is_well_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "container_events", AlwaysNews())
    app: Any = SimpleNamespace(services=[SimpleNamespace(name="app", critical=True)], names=["app"])
    waited = await wait(hands_on(SlowToAnswer(ends=3)), app, lambda _: None)
    assert (waited.seconds, waited.unwell) == ({"app": STARTUP + 1}, [])
