from __future__ import annotations

import pytest

from demo.botapi import World

TOKEN = "7000000001:unit"
MASTER = 1001


class Clock:
    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    """One bot, one person who has pressed Start, no flood limits."""
    world = World(clock=clock, flood=None)
    world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
    world.add_user(MASTER, "Master")
    world.say(MASTER, "/start")
    return world
