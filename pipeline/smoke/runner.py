"""Ask for the facts, judge them, and repeat what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pipeline.model.errors import PipelineError
from pipeline.probe import Answer, Resources, Unreachable, get_json, measure
from pipeline.smoke.config import CHECKS, ENTRIES, SmokeConfig
from pipeline.smoke.endpoints import judge_entry, judge_health, judge_stats
from pipeline.smoke.report import CheckResult, SmokeReport
from pipeline.smoke.surroundings import judge_logs, judge_resources


async def smoke(
    config: SmokeConfig,
    api_url: str,
    logs: Callable[[], Awaitable[Sequence[str]]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_progress: Callable[[str], None] | None = None,
    get: Callable[[str], Awaitable[Answer | Unreachable]] | None = None,
    resources: Callable[[], Resources] | None = None,
) -> SmokeReport:
    """Check in up to `config.attempts` rounds; only what failed is asked again, and the first round
    after which all is well is the last.

    `logs` gives the lines that the switched containers have written since their start; a PipelineError
    of it fails the check "logs". `on_progress` gets one line after each round. `get` and `resources`
    take the place of HTTP and of the host.
    """
    ask = get or (lambda url: get_json(url, timeout=config.timeout))
    room = resources or (lambda: measure(config.disk))
    results = {name: _skipped(name) for name in CHECKS if name in config.skip}
    failing = [name for name in CHECKS if name not in config.skip]
    attempt = 0
    while failing and attempt < config.attempts:
        if attempt:
            await sleep(config.delay)
        attempt += 1
        results.update(await _round(failing, config, api_url.rstrip("/"), ask, room, logs))
        failing = [name for name in failing if not results[name].ok]
        if on_progress is not None:
            found = f"failing: {', '.join(failing)}" if failing else "all is well"
            on_progress(f"Round {attempt} of {config.attempts}: {found}")
    return SmokeReport(tuple(results[name] for name in CHECKS), attempt)


async def _round(
    names: Sequence[str],
    config: SmokeConfig,
    api_url: str,
    get: Callable[[str], Awaitable[Answer | Unreachable]],
    resources: Callable[[], Resources],
    logs: Callable[[], Awaitable[Sequence[str]]],
) -> dict[str, CheckResult]:
    results: dict[str, CheckResult] = {}
    if any(name in ("health", *ENTRIES) for name in names):
        health = await get(api_url + config.health)
        results |= {name: judge_entry(name, health) for name in names if name in ENTRIES}
        if "health" in names:
            results["health"] = judge_health(health)
    if "stats" in names:
        results["stats"] = judge_stats(await get(api_url + config.stats))
    if "resources" in names:
        results["resources"] = judge_resources(await asyncio.to_thread(resources), config)
    if "logs" in names:
        results["logs"] = await _logs(logs, config)
    return results


async def _logs(logs: Callable[[], Awaitable[Sequence[str]]], config: SmokeConfig) -> CheckResult:
    try:
        lines = await logs()
    except PipelineError as error:
        return CheckResult("logs", False, "not read", "0", f"The logs could not be read: {error.what}")
    return judge_logs(lines, config.fail_on, config.ignore)


def _skipped(name: str) -> CheckResult:
    return CheckResult(name, True, "skipped", "", "The project's configuration skips this check.")
