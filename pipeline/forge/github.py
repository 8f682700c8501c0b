"""GitHub's REST API: reads what it says of a commit (`writing.py` tells it of runs)."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.forge.judging import of_check, of_status, together
from pipeline.forge.speaking import SHORTEST_REST, Speaking, is_limited
from pipeline.forge.writing import Writing
from pipeline.model.ci import Ci

if TYPE_CHECKING:
    import httpx

_PER_PAGE = 100
_PAGES = 5

log = structlog.get_logger()


class Unknown(Exception):
    """GitHub did not say; the text tells why, without secrets."""


class Github:
    """One repository, OWNER/NAME. `writing` tells it of runs."""

    def __init__(
        self, api: str, repository: str, token: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._speaking = Speaking(api, repository, token, clock)
        self.writing = Writing(self._speaking)
        self._refused_until = 0.0

    async def ci(self, sha: str) -> Ci | None:
        """What statuses and check runs say of a commit (full SHA). None where there are none, and where
        GitHub does not say, which is logged."""
        import httpx

        if self._speaking.rest or self._clock() < self._refused_until:
            return None
        try:
            async with self._speaking.client() as client:
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
                f"{self._speaking.base}/{path}",
                params={"per_page": _PER_PAGE, "page": page},
                follow_redirects=False,
            )
            if answer.status_code != HTTPStatus.OK:
                self._hold_back(answer)
                raise Unknown(f"GitHub answers {answer.status_code} to {path.rpartition('/')[2]}")
            listed = _listed(answer, key)
            found += listed
            if len(listed) < _PER_PAGE:
                return found
        raise Unknown(f"more than {_PAGES * _PER_PAGE} {key}")

    def _hold_back(self, answer: httpx.Response) -> None:
        """A token that may not read may still write: only reading rests."""
        if is_limited(answer):
            self._speaking.leave_alone(answer)
        elif answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._refused_until = self._clock() + SHORTEST_REST


def _listed(answer: httpx.Response, key: str) -> list[dict[str, object]]:
    try:
        body = answer.json()
    except ValueError:
        raise Unknown("GitHub answers no JSON") from None
    listed = body.get(key) if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Unknown(f"GitHub answers without {key}")
    return listed
