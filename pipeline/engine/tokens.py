"""The application's token budget, as its /stats tells it; an application without one is asked seldom."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from pipeline.model.errors import PipelineError
from pipeline.model.release import TokenBudget
from pipeline.probe import Answer, Unreachable, get_json
from pipeline.smoke.endpoints import STATS
from pipeline.smoke.own import url
from pipeline.stages.journey import Hands
from pipeline.stages.resolved import installed_compose_file, read

ASK_SECONDS = 2.0
EVERY_SECONDS = 30.0
SELDOM_SECONDS = 300.0


class Tokens:
    """`address` gives where to ask, None where the project leaves that out."""

    def __init__(
        self, address: Callable[[], Awaitable[str | None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._clock = clock
        self._not_before = clock()
        self._known: TokenBudget | None = None

    async def look(self) -> TokenBudget | None:
        """What was told at most half a minute ago; None where nothing is known. Raises nothing."""
        if self._clock() < self._not_before:
            return self._known
        try:
            address = await self._address()
        except PipelineError:  # told as the observation's problem, or by the next run
            address = None
        answer = await get_json(address, timeout=ASK_SECONDS) if address else None
        self._known = budget_of(answer) if isinstance(answer, Answer) else None
        there = self._known is not None or isinstance(answer, Unreachable)
        self._not_before = self._clock() + (EVERY_SECONDS if there else SELDOM_SECONDS)
        return self._known


async def stats_address(hands: Hands) -> str | None:
    """None where the compose file leaves the check `stats` out. Raises ConfigurationError."""
    section = (await read(hands, installed_compose_file(hands))).section.smoke
    if "stats" in section.skip:
        return None
    wanted = section.endpoint("stats")
    return url(hands.settings.api_url.rstrip("/"), (wanted.path if wanted else None) or STATS)


def budget_of(answer: Answer) -> TokenBudget | None:
    """None for an answer that tells of no budget."""
    if not 200 <= answer.status < 300 or not isinstance(answer.json, Mapping):
        return None
    budget = answer.json.get("token_budget")
    if not isinstance(budget, Mapping):
        return None
    used, limit = _count(budget.get("used")), _count(budget.get("limit"))
    return None if used is None or limit is None else TokenBudget(used=used, limit=limit)


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15
    return value if whole and isinstance(value, int) else None
