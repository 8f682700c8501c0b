"""How far the card in the chat is behind the journal while a deploy goes on, and what that costs in calls.

The real bot on a real PostgreSQL, against the local Bot API server with its flood limits, once in a private
chat and once in a group with twenty messages a minute. The worker is played by a script that writes what a
deploy writes, through the same coalescing of lines. `p95` is of all changes of the journal in the private
chat: the seconds from a change until the chat shows it or a newer one. `calls` are those of the run there.
What the group's limit makes of both is told apart. A 429, or a last state that did not land, is an error.
"""

from __future__ import annotations

import asyncio
import math
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.botapi import ApiError, World
from demo.botapi.params import Upload
from demo.botapi.values import Bot
from demo.machine.images import ensure_images
from pipeline.engine.lines import Lines
from pipeline.model.release import RunId
from pipeline.model.run import Run
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.runs import Runs
from pipeline.wording.so_far import apart
from pipeline.wording.words import RUN_WORD, STAGE_SIGN
from tests.benchmarks.deploy_script import ROAD, Step, deploy
from tests.integration.bot.house import MASTER, TOKEN, Hand, House, furnished
from tests.postgres_server import PostgresServer, running_postgres

SETTLED_SECONDS = 30.0
WRITES = ("sendmessage", "editmessagetext")
DONE = (STAGE_SIGN[StageState.SUCCEEDED], STAGE_SIGN[StageState.FAILED], STAGE_SIGN[StageState.SKIPPED])
GOING = STAGE_SIGN[StageState.RUNNING]
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the journal holds since `at` (monotonic seconds); `number` counts the lines of its stage."""

    at: float
    stage: StageName | None
    what: str
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Written:
    """A call that the server took at `at`, with the text as the chat shows it; `chat` is whose."""

    at: float
    chat: int
    text: str


@dataclass
class Watched(World):
    """A World that remembers what was written when, and what it refused for haste."""

    written: list[Written] = field(default_factory=list)
    calls: int = 0
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def call_as(self, bot: Bot, method: str, params: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        if method != "getupdates":
            self.calls += 1
        try:
            result = super().call_as(bot, method, params, files)
        except ApiError as error:
            if error.code == 429:
                self.refused.append(method)
            raise
        if method in WRITES:
            text = _TAG.sub("", params["text"])
            self.written.append(Written(at=time.monotonic(), chat=int(params["chat_id"]), text=text))
        return result


class Noted(Runs):
    """The worker's hand on the journal; notes when each of its changes was there."""

    def __init__(self, runs: Runs) -> None:
        super().__init__(runs._pool)
        self.changes: list[Change] = []
        self.lines: dict[StageName, list[str]] = {}

    async def begin(self, run: RunId, epoch: int, stage: StageName, position: int) -> None:
        await super().begin(run, epoch, stage, position)
        self._note(stage, "begin")

    async def tell(self, run: RunId, epoch: int, stage: StageName, line: str) -> None:
        await super().tell(run, epoch, stage, line)
        told = self.lines.setdefault(stage, [])
        told.append(line)
        self._note(stage, "tell", len(told))

    async def end(self, run: RunId, epoch: int, stage: StageName, state: StageState, result: Any) -> None:
        await super().end(run, epoch, stage, state, result)
        self._note(stage, "end")

    async def finish(self, *given: Any) -> None:
        await super().finish(*given)
        self._note(None, "finish")

    def _note(self, stage: StageName | None, what: str, number: int = 0) -> None:
        self.changes.append(Change(at=time.monotonic(), stage=stage, what=what, number=number))

    def reached(self, text: str) -> set[Change]:
        """The changes that this card shows, or what came after them."""
        return {change for change in self.changes if self._shows(text, change)}

    def _shows(self, text: str, change: Change) -> bool:
        if change.stage is None:
            return RUN_WORD[RunState.SUCCEEDED] in text.splitlines()[0]
        sign, said = _of_stage(text, change.stage)
        if change.what == "begin":
            return sign == GOING or sign in DONE
        if change.what == "end":
            return sign in DONE
        later = self.lines[change.stage][change.number - 1 :]
        return sign in DONE or any(all(part in said for part in apart(line)) for line in later)


def _of_stage(text: str, stage: StageName) -> tuple[str, str]:
    """The sign of the stage's line on the card, and all that stands there up to the next stage."""
    lines = text.splitlines()
    signs = tuple(STAGE_SIGN.values())
    for number, line in enumerate(lines):
        sign = next((sign for sign in signs if line.startswith(sign)), "")
        if sign and re.match(rf"\W*{stage}\b", line.removeprefix(sign)):
            more = []
            for below in lines[number + 1 :]:
                if below.startswith(signs):
                    break
                more.append(below)
            return sign, "\n".join([line, *more])
    return "", ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Seconds behind: of all changes, of those that began or ended a stage, and of the run's end."""

    p50: float
    p95: float
    worst: float
    states: float
    last: float
    changes: int
    calls: int


async def main() -> None:
    with running_postgres(ensure_images().postgres, durable=True) as server:
        private = await _measured(server, "in a private chat", group=False)
        await _measured(server, "in a group, 20 messages a minute", group=True)
    print(f"streaming: p95={private.p95:.2f} calls={private.calls}")


async def _measured(server: PostgresServer, where: str, *, group: bool) -> Figures:
    with tempfile.TemporaryDirectory(prefix="vnext-bench-") as folder:
        world = Watched()
        world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
        async with furnished(Path(folder), server, world=world, git_poll_seconds=3600) as house:
            chat = _group(world) if group else MASTER
            # In a group cards only are looked at: who writes there is not heard.
            house.settings = house.settings.model_copy(update={"master_chat_id": chat})
            if not group:
                world.say(MASTER, "/start")
            house.start()
            await asyncio.sleep(6.0)  # what the start has taken from the burst is back
            noted = await _play(house)
            await _settled(world, noted)
            await house.stop()
    assert not world.refused, f"429 {where}: {world.refused}"
    figures = _figures(world, noted)
    print(
        f"{where}: behind by {figures.p50:.2f} s (p50), {figures.p95:.2f} s (p95), {figures.worst:.2f} s at"
        f" worst; stages begun and ended {figures.states:.2f} s (p95), the end {figures.last:.2f} s;"
        f" {figures.changes} changes, {figures.calls} calls",
        flush=True,
    )
    return figures


def _group(world: World) -> int:
    world.add_user(MASTER, "Ada")
    return world.add_group("Operations", [MASTER]).id


async def _play(house: House) -> Noted:
    """Carries a run through the script, as worker and Master would."""
    store = house.store
    asked = await store.runs.request(house.project.id, RunKind.DEPLOY, source=Source.CLI, by="bench")
    hand = await Hand.claim(store, house.project)
    noted = Noted(store.runs)
    run = hand.run
    assert run.id == asked.id
    await noted.lay(run.id, run.epoch, ROAD)
    log = Path(house.remote.bare).parent / "run.log"
    began = time.monotonic()
    async with Lines(noted, run, log, str, lambda: datetime.now(UTC)) as lines:
        for step in deploy():
            await asyncio.sleep(max(0.0, began + step.at - time.monotonic()))
            await _step(house, noted, run, lines, step)
    await noted.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    return noted


async def _step(house: House, noted: Noted, run: Run, lines: Lines, step: Step) -> None:
    match step.what:
        case "begin":
            await noted.begin(run.id, run.epoch, step.stage, ROAD.index(step.stage))
            if step.stage is StageName.APPROVE:
                await Hand(house.store, run).ask()
        case "tell":
            lines.teller(step.stage)(step.line)
        case "end":
            if step.stage is StageName.APPROVE:
                await house.store.approvals.answer(f"nonce-{run.id}", ApprovalState.APPROVED, "Ada (1001)")
                await noted.move(run.id, run.epoch, RunState.RUNNING)
            await noted.end(run.id, run.epoch, step.stage, StageState.SUCCEEDED, None)


async def _settled(world: Watched, noted: Noted) -> None:
    """Until the card shows the end and the result is there."""
    wanted = set(noted.changes)
    async with asyncio.timeout(SETTLED_SECONDS):
        while not _all_there(world, wanted, noted):  # noqa: ASYNC110 - the world tells no such event
            await asyncio.sleep(0.1)


def _all_there(world: Watched, wanted: set[Change], noted: Noted) -> bool:
    texts = [written.text for written in world.written]
    told = any(text.startswith("✅ Deployed") for text in texts)
    return told and any(noted.reached(text) >= wanted for text in texts)


def _figures(world: Watched, noted: Noted) -> Figures:
    behind: dict[Change, float] = {}
    for written in world.written:
        for change in noted.reached(written.text):
            if written.at >= change.at - 0.05:
                behind.setdefault(change, max(0.0, written.at - change.at))
    missing = [change for change in noted.changes if change not in behind]
    assert not missing, f"never shown: {missing[:3]}"
    seconds = sorted(behind.values())
    states = sorted(behind[change] for change in noted.changes if change.what != "tell")
    return Figures(
        p50=sorted_at(seconds, 0.5),
        p95=sorted_at(seconds, 0.95),
        worst=seconds[-1],
        states=sorted_at(states, 0.95),
        last=behind[noted.changes[-1]],
        changes=len(seconds),
        calls=world.calls,
    )


def sorted_at(sorted_values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted_values[max(0, math.ceil(len(sorted_values) * share) - 1)]
