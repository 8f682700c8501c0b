"""Ask for the facts, judge them, and repeat what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from pipeline.model.checks import CHECKS, ENTRIES, Endpoint
from pipeline.model.errors import PipelineError
from pipeline.probe import Answer, Resources, Unreachable, measure
from pipeline.smoke.config import SmokeConfig
from pipeline.smoke.endpoints import (
    FRONT,
    HEALTH,
    STATS,
    judge_entry,
    judge_health,
    judge_stats,
    offers_entry,
    offers_stats,
)
from pipeline.smoke.own import Ways, own_check, url
from pipeline.smoke.report import CheckResult, SmokeReport, not_offered, skipped
from pipeline.smoke.surroundings import judge_logs, judge_resources
from pipeline.wording.so_far import so_far

_NOT_FOUND = 404


async def smoke(
    config: SmokeConfig,
    api_url: str,
    logs: Callable[[], Awaitable[Sequence[str]]],
    ways: Ways,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_progress: Callable[[str], None] | None = None,
    resources: Callable[[], Resources] | None = None,
) -> SmokeReport:
    """Check in up to `config.attempts` rounds; only what failed is asked again, and the first round
    after which all is well is the last.

    `logs` gives the lines that the switched containers have written since their start; a PipelineError
    of it fails the check "logs". `on_progress` gets one line after each round. `resources` takes the place
    of the host.
    """
    names = [*CHECKS, *(check.name for check in config.section.checks)]
    results: dict[str, CheckResult] = {name: skipped(name) for name in CHECKS if name in config.left_out}
    asked = [name for name in names if name not in results]
    attempt = 0
    while asked and attempt < config.attempts:
        if attempt:
            await sleep(config.delay)
        attempt += 1
        results.update(await _Round(config, api_url.rstrip("/"), ways).made(asked, logs, resources))
        failing = [name for name in asked if not results[name].ok]
        if on_progress is not None:
            found = f"failing: {', '.join(failing)}" if failing else "all is well"
            on_progress(so_far(f"round {attempt} of {config.attempts}", found))
        asked = [name for name in asked if name in failing or _open(name, failing, results)]
        asked = asked if failing else []
    return SmokeReport(tuple(results[name] for name in names), attempt)


async def ask_health(config: SmokeConfig, api_url: str, ways: Ways) -> tuple[CheckResult, int | None] | None:
    """The health check alone, once, and the milliseconds that its answer took, None where none came. None
    where the project leaves the check out."""
    if "health" in config.left_out:
        return None
    answer, front = await _Round(config, api_url.rstrip("/"), ways).health()
    judged = judge_health(answer, config.section.health, front=front)
    return judged, answer.milliseconds if isinstance(answer, Answer) else None


def _open(name: str, failing: Collection[str], results: dict[str, CheckResult]) -> bool:
    """An application that is not well yet may not offer yet what it will."""
    return "health" in failing and not results[name].judged


@dataclass
class _Round:
    config: SmokeConfig
    api_url: str
    ways: Ways
    answers: dict[str, Answer | Unreachable] = field(default_factory=dict)

    async def made(
        self,
        names: Collection[str],
        logs: Callable[[], Awaitable[Sequence[str]]],
        resources: Callable[[], Resources] | None,
    ) -> dict[str, CheckResult]:
        """The logs are read last: the other checks may leave something in them."""
        section = self.config.section
        results: dict[str, CheckResult] = {}
        if "health" in names:
            answer, front = await self.health()
            results["health"] = judge_health(answer, section.health, front=front)
        for name in ENTRIES:
            if name in names:
                results[name] = await self._entry(name, section.endpoint(name))
        if "stats" in names:
            results["stats"] = await self._stats(section.stats)
        if "resources" in names:
            found = await asyncio.to_thread(resources or self._measured)
            results["resources"] = judge_resources(found, section.resources)
        own = [check for check in section.checks if check.name in names]
        made = await asyncio.gather(
            *(
                own_check(check, self.ways, self.api_url, self.config.seconds(check.within_ms))
                for check in own
            )
        )
        results |= {result.name: result for result in made}
        if "logs" in names:
            results["logs"] = await self._logs(logs)
        return results

    async def health(self) -> tuple[Answer | Unreachable, bool]:
        """The answer, and whether it is that of the front page: where nobody said that there is a health
        endpoint, there need be none."""
        wanted = self.config.section.health
        if wanted is not None:
            return await self._ask(wanted, HEALTH), False
        answer = await self._ask(None, HEALTH)
        if isinstance(answer, Answer) and answer.status == _NOT_FOUND:
            return await self._ask(None, FRONT), True
        return answer, False

    async def _entry(self, name: str, wanted: Endpoint | None) -> CheckResult:
        if wanted is not None and wanted.path is not None:
            return judge_entry(name, await self._ask(wanted, HEALTH), wanted)
        if wanted is None and self._without_http:
            return not_offered(name)
        answer, _ = await self.health()
        if wanted is None and not offers_entry(name, answer):
            return not_offered(name)
        return judge_entry(name, answer, wanted)

    async def _stats(self, wanted: Endpoint | None) -> CheckResult:
        if wanted is None and self._without_http:
            return not_offered("stats")
        answer = await self._ask(wanted, STATS)
        if wanted is None and not offers_stats(answer):
            return not_offered("stats")
        return judge_stats(answer, wanted)

    @property
    def _without_http(self) -> bool:
        return "health" in self.config.left_out

    async def _ask(self, wanted: Endpoint | None, path: str) -> Answer | Unreachable:
        """Once a round for each address."""
        address = url(self.api_url, (wanted.path if wanted else None) or path)
        if address not in self.answers:
            seconds = self.config.seconds(wanted.within_ms if wanted else None)
            self.answers[address] = await self.ways.get(address, seconds)
        return self.answers[address]

    def _measured(self) -> Resources:
        return measure(self.config.disk)

    async def _logs(self, logs: Callable[[], Awaitable[Sequence[str]]]) -> CheckResult:
        try:
            lines = await logs()
        except PipelineError as error:
            return CheckResult("logs", False, "not read", "0", f"The logs could not be read: {error.what}")
        return judge_logs(lines, self.config.section.logs)
