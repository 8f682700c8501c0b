"""What GitHub is told of runs, from a real journal, by a server that plays GitHub."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.reporting import Reporting
from pipeline.forge import Github
from pipeline.model.probation import ProbationState, Verdict, Watched, WayOut
from pipeline.model.release import Project
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store
from tests.forge_server import REPOSITORY, SHA, TOKEN, Forge, running_forge
from tests.integration.bot.house import GOAL_SHA, Hand, furnished

HOUR = 3600.0
MINUTE = timedelta(minutes=1)


@dataclass
class Office:
    """The bot's part that reports, round by round, with a clock that is set by hand."""

    store: Store
    project: Project
    forge: Forge
    seconds: float = 0.0
    token: str = TOKEN

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        github = Github(self.forge.url, REPOSITORY, self.token, clock=lambda: self.seconds)
        self._part = Reporting(
            store=self.store,
            project=self.project,
            writing=github.writing,
            now=lambda: datetime.now(UTC),
            clock=lambda: self.seconds,
        )

    async def tell(self, after: float = 0.0) -> None:
        self.seconds += after
        await self._part.round()

    async def begin(self, kind: RunKind = RunKind.DEPLOY, sha: str = SHA) -> Hand:
        await self.store.runs.request(self.project.id, kind, source=Source.CLI, by="tester")
        hand = await Hand.claim(self.store, self.project)
        await self.store.runs.note(hand.run.id, hand.run.epoch, sha=sha)
        return hand

    async def deploy(self, sha: str = SHA) -> Hand:
        hand = await self.begin(sha=sha)
        await self.switch(hand)
        await hand.finish(RunState.SUCCEEDED)
        return hand

    async def switch(self, hand: Hand) -> None:
        await self.store.runs.cross(hand.run.id, hand.run.epoch)

    async def alerts(self) -> list[str]:
        return [alert.problem.what for alert in await self.store.alerts.open(self.project.id)]


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch, postgres: Any) -> AsyncIterator[Office]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    address = Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=await postgres.create_database(),
    )
    async with running_forge() as forge, open_store(address) as store:
        forge.known.add(GOAL_SHA)
        project = await store.releases.project("sample", "https://example.org/app.git", "main")
        office = Office(store, project, forge)
        await office.deploy()  # before GitHub is known: nothing is told of it
        await office.tell()
        assert forge.told == []
        yield office


async def test_a_deploy_from_beginning_to_end_and_the_next_takes_its_place(office: Office) -> None:
    forge = office.forge
    hand = await office.begin()
    for _ in range(2):
        await office.tell()
    assert (forge.states, forge.rows) == (["pending"], [])
    await office.store.runs.move(hand.run.id, hand.run.epoch, RunState.AWAITING)
    await office.tell()
    assert forge.told[-1][2].endswith("waits for approval.")
    await office.store.runs.move(hand.run.id, hand.run.epoch, RunState.RUNNING)
    await office.switch(hand)
    await office.tell()
    [row] = forge.rows
    assert (row["environment"], row["ref"], row["states"]) == ("sample", SHA, ["in_progress"])
    await hand.finish(RunState.SUCCEEDED)
    for _ in range(2):
        await office.tell()
    assert forge.states == ["pending", "pending", "pending", "success"]
    assert forge.deployed == [["in_progress", "success"]]
    await office.deploy(GOAL_SHA)
    await office.tell()
    assert forge.told[-1][:2] == (GOAL_SHA, "success")
    assert forge.deployed == [["in_progress", "success", "inactive"], ["success"]]


async def test_bad_ends_and_other_kinds(office: Office) -> None:
    forge = office.forge
    hand = await office.begin()
    await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED)
    hand = await office.begin(RunKind.ROLLBACK)
    await hand.finish(RunState.REJECTED, ExitCode.NOT_APPROVED)
    hand = await office.begin(RunKind.BACKUP)
    await hand.finish(RunState.SUCCEEDED)
    hand = await office.begin()
    await office.switch(hand)
    await hand.finish(RunState.REVERTED, ExitCode.SMOKE_FAILED)
    await office.tell()
    assert forge.states == ["failure", "error", "failure"]
    assert forge.deployed == [["failure"]]


async def test_what_its_probation_took_back_is_a_failure(office: Office) -> None:
    store, forge = office.store, office.forge
    release = await store.releases.add(
        office.project.id,
        run=None,
        sha=GOAL_SHA,
        branch="main",
        images={},
        compose_file="/kept/compose.yml",
        compose_hash="1",
        schema_revision=None,
        backup=None,
        fence=None,
    )
    hand = await office.deploy(GOAL_SHA)
    await office.tell()
    assert forge.told[-1][:2] == (GOAL_SHA, "success")
    now = datetime.now(UTC)
    begun = await store.probations.begin(
        await store.runs.get(hand.run.id),
        release.id,
        began_at=now,
        lasts=10 * MINUTE,
        watched=Watched(every=MINUTE, startup_wait=MINUTE, grace=MINUTE, services=["app"]),
        baseline=None,
    )
    assert begun is not None
    await store.probations.end(
        begun.id, Verdict(state=ProbationState.FAILED, evidence=["gone"]), now, way=WayOut.REVERT
    )
    back = await office.begin(RunKind.ROLLBACK)
    await store.probations.note_revert(begun.id, back.run.id)
    await office.switch(back)
    await back.finish(RunState.SUCCEEDED)
    await office.tell()
    assert [each[:2] for each in forge.told[-2:]] == [(GOAL_SHA, "failure"), (SHA, "success")]
    assert forge.deployed == [["success", "failure"], ["success"]]


async def test_a_missing_right_is_one_alert_and_nothing_is_lost(office: Office) -> None:
    forge = office.forge
    forge.forbidden = {"/deployments"}
    hand = await office.begin()
    await office.switch(hand)
    for _ in range(3):
        await office.tell(HOUR)
    assert forge.states == ["pending"], "the other right is used, and once"
    [what] = await office.alerts()
    assert "(deployments: write)" in what
    assert TOKEN not in what
    await hand.finish(RunState.SUCCEEDED)
    forge.forbidden = {"/deployments", "/statuses"}
    await office.tell(HOUR)
    [what] = await office.alerts()
    assert "(commit statuses: write, deployments: write)" in what
    forge.forbidden = set()
    await office.tell(HOUR)
    assert (forge.states, forge.deployed) == (["pending", "success"], [["success"]])
    assert await office.alerts() == []


async def test_a_token_that_is_not_known_and_then_another(office: Office) -> None:
    office.token = "another" * 4
    office.restart()
    await office.deploy()
    await office.tell()
    asked = office.forge.asked
    await office.tell()
    assert office.forge.asked == asked, "who is refused asks no more for a while"
    assert len(await office.alerts()) == 1
    office.token = TOKEN
    office.restart()
    await office.tell()
    assert (office.forge.states, office.forge.deployed) == (["success"], [["success"]])
    assert await office.alerts() == []


async def test_a_limit_is_kept_and_the_newest_state_is_told_after_it(office: Office) -> None:
    forge = office.forge
    forge.limited = {"Retry-After": "120"}
    hand = await office.begin()
    asked = forge.asked
    for _ in range(4):
        await office.tell(20)
    assert forge.asked == asked + 1
    assert await office.alerts() == []
    forge.limited = None
    await office.switch(hand)
    await hand.finish(RunState.SUCCEEDED)
    await office.tell(HOUR)
    assert (forge.states, forge.deployed) == (["success"], [["success"]])


async def test_a_restart_in_the_midst_tells_nothing_twice(office: Office) -> None:
    store, forge = office.store, office.forge
    hand = await office.begin()
    await office.switch(hand)
    await office.tell()
    office.restart()
    await office.tell()
    assert (forge.states, forge.deployed) == (["pending"], [["in_progress"]])
    await store.pool.execute("DELETE FROM forge_reports")  # as if it was killed before it could note them
    await hand.finish(RunState.SUCCEEDED)
    office.restart()
    await office.tell()
    assert (forge.states, forge.deployed) == (["pending", "success"], [["in_progress", "success"]])
    again = await office.deploy()
    await office.tell()
    assert len(forge.rows) == 2, "another run of the same commit is another deployment"
    forge.rows.pop()
    await store.pool.execute("UPDATE forge_reports SET told = NULL WHERE run_id = $1", again.run.id)
    await office.tell()
    await office.tell(HOUR)
    assert forge.deployed[1:] == [["success"]], "one that is gone is made anew"


async def test_an_unknown_commit_and_a_server_that_stays_broken_are_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reporting.TRIES", 4)
    forge = office.forge
    await office.deploy("3" * 40)
    await office.deploy()
    await office.tell()
    assert (forge.states, forge.deployed) == (["success"], [["success"]])
    forge.broken = 502
    await office.deploy(GOAL_SHA)
    asked = forge.asked
    await office.tell()
    await office.tell(5)
    assert forge.asked == asked + 3, "a status, a look for the deployment, the deployment; then a pause"
    for _ in range(2):
        await office.tell(HOUR)
    assert not await office.store.pool.fetch("SELECT 1 FROM forge_reports WHERE given_up AND attempts > 0")
    await office.tell(HOUR)
    asked, forge.broken = forge.asked, None
    await office.tell(HOUR)
    assert forge.asked == asked, "it was given up"
    rows = await office.store.pool.fetch(
        "SELECT what FROM forge_reports WHERE given_up ORDER BY run_id, what"
    )
    assert [row["what"] for row in rows] == ["deployment", "status"] * 2
    assert await office.alerts() == []
    await office.deploy(GOAL_SHA)
    await office.tell(HOUR)
    assert forge.told[-1][:2] == (GOAL_SHA, "success")


async def test_the_bot_tells_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: object) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with contextlib.AsyncExitStack() as stack:
        forge = await stack.enter_async_context(running_forge())
        forge.known.add(GOAL_SHA)
        house = await stack.enter_async_context(
            furnished(
                tmp_path,
                postgres,
                github_token=TOKEN,
                github_api_url=forge.url,
                github_repository=REPOSITORY,
            )
        )
        house.start()
        await house.master.say("/start")
        await house.read("What I can do")
        hand = await house.requested()
        await hand.begin(StageName.PULL)
        await house.store.runs.note(hand.run.id, hand.run.epoch, sha=GOAL_SHA, branch="main")
        await hand.succeed(StageName.PULL)

        async def told(state: str) -> bool:
            return forge.states[-1:] == [state]

        await house.until(lambda: told("pending"), "GitHub is told that it is under way")
        await house.store.runs.cross(hand.run.id, hand.run.epoch)
        await hand.finish(RunState.SUCCEEDED)
        await house.until(lambda: told("success"), "GitHub is told of the success")

        async def live() -> bool:
            return [states[-1:] for states in forge.deployed[-1:]] == [["success"]]

        await house.until(live, "GitHub is told what is live")
        assert len(forge.rows) == 1
