"""How GitHub is spoken to: headers, time-outs, and how long it wants to be left alone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
"""For all that one question takes."""

SHORTEST_REST = 60.0
_LONGEST_REST = 3600.0

log = structlog.get_logger()


class Speaking:
    """One repository, OWNER/NAME. What reads and what writes share this, so that both keep still where GitHub
    asks for it, for an hour at most."""

    def __init__(self, api: str, repository: str, token: str, clock: Callable[[], float]) -> None:
        """`clock` tells monotonic seconds."""
        self.repository = repository
        self.base = f"{api}/repos/{repository}"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "vnext",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._clock = clock
        self._not_before = 0.0

    @property
    def rest(self) -> float:
        """Seconds for which nothing is to be asked."""
        return max(self._not_before - self._clock(), 0.0)

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Raises TimeoutError where all of it takes too long."""
        import httpx  # only who has a token needs it, and it is slow to import

        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(headers=self._headers, timeout=SECONDS) as client,
        ):
            yield client

    def leave_alone(self, answer: httpx.Response) -> None:
        """As long as it asks for, where it was asked too often."""
        rest = min(max(_asked_for(answer) or 0.0, SHORTEST_REST), _LONGEST_REST)
        self._not_before = self._clock() + rest
        log.warning("github_left_alone", status=answer.status_code, seconds=round(rest))


def is_limited(answer: httpx.Response) -> bool:
    """Asked too often, see "Best practices for using the REST API"; a 403 also refuses a token."""
    if answer.is_success:
        return False
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or _asked_for(answer) is not None:
        return True
    return answer.status_code == HTTPStatus.FORBIDDEN and "rate limit" in answer.text.lower()


def _asked_for(answer: httpx.Response) -> float | None:
    """Retry-After, or until the limit is reset."""
    wait = _seconds(answer.headers.get("Retry-After"))
    if wait is None and answer.headers.get("X-RateLimit-Remaining") == "0":
        reset = _seconds(answer.headers.get("X-RateLimit-Reset"))
        wait = 0.0 if reset is None else reset - time.time()
    return wait


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
