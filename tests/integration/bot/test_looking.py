"""Single looks at a real remote, with a clock that is set and a forge that is played."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.health import Part
from bot.looking import Watch
from pipeline.model.ci import Ci
from pipeline.model.push import Push
from pipeline.model.states import PushState
from pipeline.source import Source
from tests.integration.bot.house import House


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 9, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def forward(self, **taken: float) -> None:
        self.at += timedelta(**taken)


class Forge:
    """Says of each commit what was put into it; an error is raised."""

    def __init__(self) -> None:
        self.says: Ci | Exception | None = None
        self.asked = 0

    async def __call__(self, _sha: str) -> Ci | None:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def forge() -> Forge:
    return Forge()


@pytest.fixture
async def watch(empty_house: House, tmp_path: Path, clock: Clock, forge: Forge) -> Watch:
    watch = Watch(
        store=empty_house.store,
        source=Source(str(empty_house.remote.bare), tmp_path / "mirror.git"),
        project=empty_house.project.id,
        branch="main",
        every=60,
        part=Part(),
        redact=str,
        now=clock.now,
        clock=clock.seconds,
        ci=forge,
    )
    await watch.look()
    return watch


async def _newest(house: House) -> Push:
    push = await house.store.pushes.newest(house.project.id, "main")
    assert push is not None
    return push


async def test_ci_is_followed_until_it_ends(
    empty_house: House, watch: Watch, clock: Clock, forge: Forge
) -> None:
    assert forge.asked == 0  # the very first look is quiet
    empty_house.remote.push("Answer faster")
    said: list[tuple[Ci | Exception | None, Ci | None]] = [
        (None, None),
        (OSError("the forge is away"), None),
        (Ci.PENDING, Ci.PENDING),
        (OSError("the forge is away"), Ci.PENDING),
        (Ci.PASSED, Ci.PASSED),
    ]
    for says, shown in said:
        forge.says = says
        await watch.look()
        clock.forward(minutes=1)
        assert (await _newest(empty_house)).ci is shown
    await watch.look()
    assert forge.asked == len(said)


async def test_ci_that_never_ends_is_not_asked_for_ever(
    empty_house: House, watch: Watch, clock: Clock, forge: Forge
) -> None:
    forge.says = Ci.PENDING
    empty_house.remote.push("Answer faster")
    await watch.look()
    clock.forward(hours=3)
    await watch.look()
    assert forge.asked == 1


async def test_a_remote_that_is_away_is_asked_more_seldom_and_told_once(
    empty_house: House, watch: Watch, clock: Clock
) -> None:
    alerts, project = empty_house.store.alerts, empty_house.project.id
    away = empty_house.remote.bare.rename(empty_house.remote.bare.with_name("away.git"))
    for _ in range(3):
        assert await alerts.open(project) == []
        await watch.look()
        clock.forward(minutes=4)
    assert len(await alerts.open(project)) == 1
    for _ in range(3):
        await watch.look()
        clock.forward(minutes=10)
    [alert] = await alerts.open(project)
    assert (alert.watcher, alert.problem.fingerprint, alert.times) == ("remote", "remote/unreachable", 1)
    away.rename(empty_house.remote.bare)
    empty_house.remote.push("Answer faster")
    await watch.look()
    assert await alerts.open(project) == []
    assert (await _newest(empty_house)).state is PushState.SEEN
    clock.forward(minutes=1)
    empty_house.remote.git(f"--git-dir={empty_house.remote.bare}", "update-ref", "-d", "refs/heads/main")
    for _ in range(3):
        await watch.look_now()
        clock.forward(minutes=4)
    [gone] = await alerts.open(project)
    assert gone.problem.fingerprint == "remote/branch"


async def test_an_alert_that_could_not_be_ended_is_ended_by_a_later_look(
    empty_house: House, watch: Watch, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts, project = empty_house.store.alerts, empty_house.project.id
    away = empty_house.remote.bare.rename(empty_house.remote.bare.with_name("away.git"))
    for _ in range(3):
        await watch.look_now()
        clock.forward(minutes=4)
    assert len(await alerts.open(project)) == 1
    away.rename(empty_house.remote.bare)

    async def away_too(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(alerts, "settle", away_too)
        await watch.look_now()
    assert len(await alerts.open(project)) == 1
    await watch.look_now()
    assert await alerts.open(project) == []


async def test_after_eight_hours_a_newer_push_is_asked_about_in_a_message_of_its_own(
    empty_house: House, watch: Watch, clock: Clock
) -> None:
    empty_house.remote.push("One")
    await watch.look()
    first = await _newest(empty_house)
    clock.forward(hours=7)
    empty_house.remote.push("Two")
    await watch.look()
    second = await _newest(empty_house)
    assert (second.prompt, second.gathered) == (first.prompt, 2)
    clock.forward(hours=2)
    empty_house.remote.push("Three")
    await watch.look()
    assert (await _newest(empty_house)).prompt != first.prompt
