"""The scenes about the controller itself: a push to its own repository, and bot and worker are replaced."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from demo.botapi.picture import ChatMessage
from demo.tour.act import ANSWER_SECONDS, APPROVE, REJECT, RUN_SECONDS, Act, expect, is_result
from demo.tour.installation import PROJECT
from demo.tour.switchover import following
from demo.tour.webhook import looked

OWN = "controller"
BUILD_SECONDS = 900.0  # the worker's builder may have none of the layers yet
BACK_SECONDS = 90.0
_TIDY_SECONDS = 60.0
_DOCKER_SECONDS = 30
_PAIR = ["bot", "worker"]
_STACK = ["app", "git", "postgres", "telegram", *_PAIR]
_BOT = '    command: ["python", "-m", "bot"]\n    environment:\n'
_NOWHERE = "http://telegram-api:8081"


@dataclass(frozen=True)
class Handed:
    """A deploy of the controller that was approved: its card, its plan, and the last message before both."""

    card: ChatMessage
    plan: ChatMessage
    before: ChatMessage


async def self_update(act: Act) -> None:
    act.installation.serve_itself()
    await looked(act)
    installed, version = _serving(), _next_version(act)
    sha = act.own.push(f"Version {version}")
    handed = await _approve_push(act, sha)
    await act.result(handed.before, sha[:7], "exit code 0")
    card = await _ended(act, handed.card)
    expect("Done" in card.text and "hand-over" in card.text, "the same card goes on to the end", card.text)
    expect(_serving() == dict.fromkeys(_PAIR, sha), "bot and worker run the pushed commit", _serving())
    await _tidy()
    said, overview = await act.ask("/status")
    await act.master.tap(overview, OWN)
    await act.master.wait_for(lambda m: version in m.text, ANSWER_SECONDS, after=said)
    plan = await _plan_back(act)
    before = installed["bot"][:7]
    expect(before in plan.text, "/rollback offers the version from before", plan.text)
    await act.master.tap(plan, REJECT)
    await act.result(plan, "exit code 5")


async def self_update_fails(act: Act) -> None:
    before = _serving()
    act.own.edit("docker-compose-vnext.yml", _BOT, f"{_BOT}      TELEGRAM_API_URL: {_NOWHERE}\n")
    sha = act.own.push("Speak to Telegram through the new server")
    async with following() as switch:
        handed = await _approve_push(act, sha)
        result = await act.master.wait_for(is_result, RUN_SECONDS, after=handed.before)
        told = time.time()
    card = await _ended(act, handed.card)
    expect("exit code 0" not in result.text, "the new version did not pass", result.text)
    for message in (card, result):
        expect("Telegram" in message.text, "it says what the new bot could not do", message.text)
    expect(_serving() == before, "the pair from before runs", _serving())
    back = switch.started("bot", before["bot"]) - switch.stopped("bot")
    seconds = told - switch.stopped("bot")
    print(f"        (the old bot was away for {back:.0f} s and told why after {seconds:.0f} s)", flush=True)
    expect(seconds < BACK_SECONDS, f"the old bot is back in under {BACK_SECONDS:.0f} s", f"{seconds:.0f} s")
    await _tidy()
    act.own.undo()


async def _approve_push(act: Act, sha: str) -> Handed:
    """From the prompt of the push to the approved plan."""
    prompt = await act.master.wait_for(lambda m: sha[:7] in m.text and "Deploy" in m.labels, RUN_SECONDS)
    expect(OWN in prompt.text, "the prompt names the project", prompt.text)
    before = await act.newest()
    await act.master.tap(prompt, "Deploy")
    card = await act.master.wait_for(lambda m: "Deploy" in m.text, ANSWER_SECONDS, after=before)
    plan = await act.plan(before, BUILD_SECONDS)
    expect(sha[:7] in plan.text and OWN in plan.text, "the plan shows the pushed commit", plan.text)
    await act.master.tap(plan, APPROVE)
    return Handed(card, plan, before)


async def _ended(act: Act, card: ChatMessage) -> ChatMessage:
    """The run's own card, which the bot of the hand-over's end has edited for the last time."""
    return await act.master.wait_for(lambda m: m.id == card.id and "Ended" in m.text, ANSWER_SECONDS)


async def _plan_back(act: Act) -> ChatMessage:
    """Of the rollback of the controller, which is chosen where the bot asks of which project."""
    said, which = await act.ask("/rollback")
    await act.master.tap(which, OWN)
    return await act.plan(said)


def _next_version(act: Act) -> str:
    """Raises the second number of the version in the repository."""
    text = (act.own.clone / "pyproject.toml").read_text()
    [(major, minor)] = re.findall(r'(?m)^version = "(\d+)\.(\d+)\.', text)
    version = f"{major}.{int(minor) + 1}.0"
    [line] = re.findall(r'(?m)^version = ".*"$', text)
    act.own.edit("pyproject.toml", line, f'version = "{version}"')
    return version


def _serving() -> dict[str, str]:
    """The commit that each running service of the group is built from. Two of one service are told apart."""
    labels = (
        f"com.docker.compose.project={PROJECT}",
        "com.docker.compose.oneoff=False",
        f"deployment.group={OWN}",
    )
    shown = '{{.Label "com.docker.compose.service"}} {{.Label "org.opencontainers.image.revision"}}'
    rows = [(line.split()[0], line.split()[-1]) for line in _containers(labels, shown)]
    expect(sorted(row[0] for row in rows) == _PAIR, "one bot and one worker run", rows)
    return dict(rows)


async def _tidy() -> None:
    """What took part in the hand-over removes itself. Raises TourError where something stays."""
    deadline = time.monotonic() + _TIDY_SECONDS
    while True:
        found = sorted(_containers((f"com.docker.compose.project={PROJECT}",), "{{.Names}}"))
        if len(found) == len(_STACK):
            return
        expect(time.monotonic() < deadline, f"nothing is there besides {_STACK}", found)
        await asyncio.sleep(0.5)


def _containers(labels: Sequence[str], shown: str) -> list[str]:
    """One line for each container, also those that have ended."""
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    argv = ["docker", "ps", "--all", "--format", shown, *filters]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_DOCKER_SECONDS, check=True)
    return done.stdout.splitlines()
