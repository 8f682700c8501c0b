"""What a rollback without the journal, begun or taken up again, stops on the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.containers.compose import Compose
from pipeline.containers.engine import Container
from pipeline.engine.catch_up import catch_up
from pipeline.engine.local import carry
from pipeline.engine.local_file import Began, LocalRun
from pipeline.model.release import Release
from pipeline.model.results import Result, Started, Stopped
from pipeline.model.states import RunState, StageName, StageState
from pipeline.stages import kept
from pipeline.stages.layout import Layout
from tests.unit.pipeline.samples import NOW
from tests.unit.pipeline.stages.test_kept import A, B
from tests.unit.pipeline.stages.test_switch import BARE

ONE_OFF = {"com.docker.compose.project": "vnext", "com.docker.compose.oneoff": "True", "deployment.run": "7"}
SERVICE = {
    "com.docker.compose.project": "vnext",
    "com.docker.compose.oneoff": "False",
    "deployment.group": "agent",
    "deployment.run": "7",
}
PAIR = {"bot": "sha256:aa", "worker": "sha256:aa"}
NEWER = {"bot": "sha256:bb", "worker": "sha256:bb"}


@dataclass
class Machine:
    """A Docker Engine as far as it is asked: containers with labels, each stopped once."""

    there: list[tuple[dict[str, str], Container]]
    stopped: list[str] = field(default_factory=list)

    async def containers(self, labels: Sequence[str], *, everything: bool = True) -> list[Container]:
        wanted = [label.partition("=") for label in labels]
        return [
            replace(one, running=one.running and one.name not in self.stopped)
            for has, one in self.there
            if all(key in has and value in ("", has[key]) for key, _, value in wanted)
            and (everything or one.name not in self.stopped)
        ]

    async def stop(self, container: str) -> None:
        self.stopped.append(container)


@dataclass
class Journal:
    """One that has no run under way and notes what it is told."""

    told: list[Any] = field(default_factory=list)

    async def active(self, _: int) -> None:
        return None

    async def tell(self, _: int, past: Any) -> None:
        self.told.append(past)


def _running(name: str, service: str, image: str = "sha256:aa") -> Container:
    return replace(BARE, id=name, name=name, service=service, image=image)


def _parts(tmp_path: Path, machine: Machine, journal: Journal | None = None, project: str = "agent") -> Any:
    """On a machine without compose: nothing can be started or checked."""
    return SimpleNamespace(
        settings=SimpleNamespace(project_name=project, deployment_group="agent"),
        engine=machine,
        compose=Compose(program=("vnext-no-compose",), project="vnext", directory=tmp_path),
        redact=str,
        layout=Layout(tmp_path, project),
        clock=lambda: NOW,
        applications={},
        store=SimpleNamespace(runs=journal, local=journal),
    )


def _begun(parts: Any, goal: Release, before: Release | None = None) -> LocalRun:
    began = Began(at=NOW, by="ada@server", target=None, goal=goal, before=before)
    return LocalRun.begin(parts.layout.by_hand, began)


def _did(run: LocalRun, *steps: tuple[StageName, Result | None]) -> None:
    for stage, result in steps:
        run.step(stage, StageState.RUNNING, NOW)
        if result is not None:
            run.step(stage, StageState.SUCCEEDED, NOW, result=result)


async def test_only_one_offs_of_runs_of_this_project_are_stopped(tmp_path: Path) -> None:
    """Images of a run hand its label on, and other projects share the compose project."""
    machine = Machine(
        [
            (ONE_OFF, _running("vnext-worker-run-0123456789ab", "worker")),  # this command itself
            (ONE_OFF, _running("vnext-app-run-0123456789ab", "app")),  # a shell that a person opened
            (ONE_OFF, _running("vnext-run-7-migrate", "shop")),
            (ONE_OFF, _running("vnext-run-9-guard", "worker")),
            (ONE_OFF, _running("vnext-run-8-migrate", "app")),
            (ONE_OFF, _running("vnext-run-8-rehearse", "new")),  # of the deploy that was cut
            (SERVICE, _running("vnext-app-1", "app")),
        ]
    )
    parts = _parts(tmp_path, machine)
    compose_file = parts.layout.release("run-8") / "compose.yml"
    compose_file.parent.mkdir(parents=True)
    compose_file.touch()
    images = {"app": "sha256:cc", "new": "sha256:cc"}
    kept.keep(replace(A, images=images, compose_file=str(compose_file), live_since=None))
    said: list[str] = []

    await carry(parts, _begun(parts, A), lambda _, line: said.append(line))

    assert machine.stopped == ["vnext-run-8-migrate", "vnext-run-8-rehearse", "vnext-app-1"]
    assert "stopping vnext-run-8-migrate, which a run that was cut has left" in said


@pytest.mark.parametrize(
    "steps",
    [
        [(StageName.STOP, None)],
        [(StageName.STOP, Stopped(services=[])), (StageName.START, None)],
        [(StageName.STOP, Stopped(services=[])), (StageName.START, None), (StageName.REVERT, None)],
        [
            (StageName.STOP, Stopped(services=[])),
            (StageName.START, Started(images=NEWER)),  # and then somebody put back what was there
            (StageName.SMOKE, None),
        ],
    ],
)
async def test_a_worker_that_was_started_meanwhile_does_not_stop_itself(
    tmp_path: Path, steps: list[tuple[StageName, Result | None]]
) -> None:
    machine = Machine([(SERVICE, _running(f"vnext-{name}-1", name, PAIR[name])) for name in PAIR])
    journal = Journal()
    parts = _parts(tmp_path, machine, journal, "controller")
    _did(_begun(parts, replace(B, images=NEWER), replace(A, images=PAIR)), *steps)

    await catch_up(parts, SimpleNamespace(id=1))  # type: ignore[arg-type]

    assert machine.stopped == []
    [past] = journal.told
    assert past.state is RunState.VOIDED
    assert past.failure.what == (
        "The rollback to b2b2b2b on the command line had no end:"
        " bot and worker were started before it had one."
    )
    assert list(parts.layout.by_hand.glob("*.jsonl")) == []


@pytest.mark.parametrize("started", [Started(images=NEWER), None])
async def test_a_worker_that_was_put_in_place_and_fails_its_checks_stays(
    tmp_path: Path, started: Started | None
) -> None:
    machine = Machine([(SERVICE, _running(f"vnext-{name}-1", name, NEWER[name])) for name in NEWER])
    journal = Journal()
    parts = _parts(tmp_path, machine, journal, "controller")
    run = _begun(parts, replace(B, images=NEWER), replace(A, images=PAIR))
    _did(run, (StageName.STOP, Stopped(services=[])), (StageName.START, started))

    await catch_up(parts, SimpleNamespace(id=1))  # type: ignore[arg-type]

    assert machine.stopped == []
    [past] = journal.told
    assert past.state is RunState.BROKEN
    assert [row.name for row in past.stages] == [StageName.STOP, StageName.START, StageName.WAIT]
    assert past.failure.production == (
        "CRITICAL: bot and worker of b2b2b2b run and fail their checks. Nothing else was put in place:"
        " a worker does not replace itself."
    )


async def test_of_another_project_a_worker_goes_on_with_it(tmp_path: Path) -> None:
    machine = Machine([(SERVICE, _running("vnext-app-1", "app"))])
    parts = _parts(tmp_path, machine, Journal())
    _did(_begun(parts, B, A), (StageName.STOP, None))
    await catch_up(parts, SimpleNamespace(id=1))  # type: ignore[arg-type]
    assert machine.stopped == ["vnext-app-1"]
