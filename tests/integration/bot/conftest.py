from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.bot.house import House, furnished


@pytest.fixture
async def empty_house(tmp_path, postgres) -> AsyncIterator[House]:
    """The bot is not started yet."""
    async with furnished(tmp_path, postgres) as house:
        yield house


@pytest.fixture
async def house(empty_house: House) -> House:
    """The bot runs and Master has pressed Start."""
    empty_house.start()
    await empty_house.master.say("/start")
    await empty_house.read("What I can do")
    return empty_house
