"""The database edge while no PostgreSQL is there; port 1 of the loopback is closed everywhere."""

import asyncio
import time

import pytest

from server_agent.connecting import describe
from server_agent.database import Bell, Database
from server_agent.errors import DatabaseAwayError
from server_agent.liveness import alive
from server_agent.settings import read_settings
from server_agent.updates import Incoming


async def test_the_pool_opens_and_every_call_says_that_postgresql_is_away() -> None:
    database = Database(read_settings({"DB_HOST": "127.0.0.1", "DB_PORT": "1", "DB_PASSWORD": "hush"}))
    await database.open()
    with pytest.raises(DatabaseAwayError) as caught:
        await database.check()
    assert "hush" not in str(caught.value)
    with pytest.raises(DatabaseAwayError):
        await database.enqueue(Incoming(update_id=1, chat_id=1, text="hi"))
    with pytest.raises(DatabaseAwayError):
        async with database.listening():
            pass
    await database.close()


async def test_a_bell_wakes_at_once_and_its_ring_is_not_lost() -> None:
    bell = Bell()
    bell.ring()
    begin = time.monotonic()
    await bell.wait(30)
    asyncio.get_running_loop().call_later(0.01, bell.ring)
    await bell.wait(30)
    assert time.monotonic() - begin < 5
    await bell.wait(0.01)


async def test_a_lost_connection_ends_the_wait() -> None:
    bell = Bell()
    bell.lose()
    with pytest.raises(DatabaseAwayError, match="the connection was lost"):
        await bell.wait(30)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no answer in time"),
        (OSError("first\nsecond"), "first"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
def test_an_error_is_one_line(error: Exception, text: str) -> None:
    assert describe(error) == text


def test_nobody_listening_is_not_alive() -> None:
    assert not alive(1)
