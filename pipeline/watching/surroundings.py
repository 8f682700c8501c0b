"""What the watch itself leans on: Docker, and the bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.model.alert import Problem, Severity
from pipeline.watching.lasting import Memory

DOCKER_AWAY_FOR = timedelta(seconds=30)
DOCKER_BACK_FOR = timedelta(seconds=20)
BOT_AWAY_FOR = timedelta(minutes=2)


def watch_docker(
    memory: Memory, trouble: str | None, serves: bool | None, now: datetime
) -> tuple[Memory, list[Problem]]:
    """`trouble` is why Docker cannot be asked, None where it can; `serves` is whether API_URL answers all the
    same, None where that is not known."""
    problem = Problem(
        fingerprint="docker",
        severity=Severity.WARNING if serves else Severity.CRITICAL,
        title="Docker does not answer",
        what=(trouble or "").strip() or "The worker cannot see what runs.",
        production=_serving(serves),
        advice="See systemctl status docker on the server. No run can go on until it is back.",
    )
    after = memory.after(
        "docker", trouble is not None, problem, now, opens=DOCKER_AWAY_FOR, closes=DOCKER_BACK_FOR
    )
    return after, after.all


def _serving(serves: bool | None) -> str:
    if serves is None:
        return "What runs cannot be seen, and whether it serves is not known."
    if serves:
        return "What runs cannot be seen, but API_URL still answers."
    return "What runs cannot be seen, and API_URL does not answer as it should."


def watch_bot(memory: Memory, bots: Sequence[str], ever: bool, now: datetime) -> tuple[Memory, list[Problem]]:
    """`bots` are those connected to the journal; `ever` is whether one was: the command line needs none."""
    problem = Problem(
        fingerprint="bot",
        severity=Severity.WARNING,
        title="The bot was away",
        what="No bot has been connected to the journal for more than two minutes.",
        production="It is not touched by this, and runs go on; but nobody was told anything in the chat.",
        advice="See the bot's log: docker compose -f docker-compose-vnext.yml logs bot.",
    )
    after = memory.after("bot", ever and not bots, problem, now, opens=BOT_AWAY_FOR)
    return after, after.all
