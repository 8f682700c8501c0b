"""GitHub's REST API: reads what it says of a commit."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.forge.judging import of_check, of_status, together
from pipeline.model.ci import Ci

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
"""For all that one question takes."""

_PER_PAGE = 100
_PAGES = 5
_SHORTEST_REST = 60.0
_LONGEST_REST = 3600.0

log = structlog.get_logger()


class Unknown(Exception):
    """GitHub did not say; the text tells why, without secrets."""


class Github:
    """One repository, OWNER/NAME. Where GitHub asks to be left alone, it is, for an hour at most."""

    def __init__(self, api: str, repository: str, token: str) -> None:
        self._base = f"{api}/repos/{repository}"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "vnext",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._not_before = 0.0

    async def ci(self, sha: str) -> Ci | None:
        """What statuses and check runs say of a commit (full SHA). None where there are none, and where
        GitHub does not say, which is logged."""
        import httpx  # only who has a token needs it, and it is slow to import

        if time.monotonic() < self._not_before:
            return None
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx.AsyncClient(headers=self._headers, timeout=SECONDS) as client,
            ):
                statuses = await self._all(client, f"commits/{sha}/status", "statuses")
                checks = await self._all(client, f"commits/{sha}/check-runs", "check_runs")
        except (Unknown, httpx.HTTPError, TimeoutError) as error:
            pass_on_cancellation()
            log.warning("ci_unknown", sha=sha, problem=str(error) or type(error).__name__)
            return None
        return together([*map(of_status, statuses), *map(of_check, checks)])

    async def _all(self, client: httpx.AsyncClient, path: str, key: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for page in range(1, _PAGES + 1):
            answer = await client.get(
                f"{self._base}/{path}", params={"per_page": _PER_PAGE, "page": page}, follow_redirects=False
            )
            if answer.status_code != HTTPStatus.OK:
                self._leave_alone(answer)
                raise Unknown(f"GitHub answers {answer.status_code} to {path.rpartition('/')[2]}")
            listed = _listed(answer, key)
            found += listed
            if len(listed) < _PER_PAGE:
                return found
        raise Unknown(f"more than {_PAGES * _PER_PAGE} {key}")

    def _leave_alone(self, answer: httpx.Response) -> None:
        """As long as it asks for, see "Best practices for using the REST API": Retry-After, or until the
        limit is reset; a while where the token is refused."""
        wait = _seconds(answer.headers.get("Retry-After"))
        if wait is None and answer.headers.get("X-RateLimit-Remaining") == "0":
            reset = _seconds(answer.headers.get("X-RateLimit-Reset"))
            wait = None if reset is None else reset - time.time()
        if wait is None and answer.status_code not in (401, 403, 429):
            return
        rest = min(max(wait or 0.0, _SHORTEST_REST), _LONGEST_REST)
        self._not_before = time.monotonic() + rest
        log.warning("github_left_alone", status=answer.status_code, seconds=round(rest))


def _listed(answer: httpx.Response, key: str) -> list[dict[str, object]]:
    try:
        body = answer.json()
    except ValueError:
        raise Unknown("GitHub answers no JSON") from None
    listed = body.get(key) if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Unknown(f"GitHub answers without {key}")
    return listed


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
