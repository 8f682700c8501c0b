"""Where the smoke tests ask: API_URL when it is set, else an agent that is started for them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from tests.agent_process import AgentProcess, running_agent
from tests.postgres_server import PostgresServer

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def own_agent(
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[AgentProcess]:
    """An agent of this test run."""
    async with running_agent(postgres, tmp_path_factory.mktemp("agent")) as agent:
        yield agent


@pytest.fixture(scope="session")
def api_url(request: pytest.FixtureRequest) -> str:
    """The address under test; may be production, so only what changes nothing goes there."""
    given = os.environ.get("API_URL", "").rstrip("/")
    if given:
        return given
    agent: AgentProcess = request.getfixturevalue("own_agent")
    return agent.url


@pytest.fixture(scope="session")
def slow_seconds() -> float:
    """Far above what is usual: the figure is recorded, not judged. An agent of our own may have to wait for
    other tests."""
    return 5.0 if os.environ.get("API_URL") else 30.0


@pytest.fixture
def api(api_url: str, slow_seconds: float) -> Iterator[httpx.Client]:
    """Asks the address under test, with the webhook's secret when AGENT_WEBHOOK_SECRET is set."""
    secret = os.environ.get("AGENT_WEBHOOK_SECRET")
    headers = {SECRET_HEADER: secret} if secret else {}
    with httpx.Client(base_url=api_url, headers=headers, timeout=2 * slow_seconds) as client:
        yield client


@pytest.fixture
def writable_api(api: httpx.Client) -> httpx.Client:
    """Like `api`, for tests that leave something behind: never an address given from outside."""
    if os.environ.get("API_URL"):
        pytest.skip("API_URL is set; this test writes, and it may be production")
    return api
