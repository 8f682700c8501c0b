"""Judgements over what the application answers of itself: its health, the entries in it, and its stats.

`wanted` is what the project says of a check, None where it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.model.checks import Endpoint, Wanted
from pipeline.model.json_path import MISSING, at
from pipeline.probe import Answer, Unreachable
from pipeline.smoke.answers import GOOD, WELL, judge_answer, late, limit_of, phrase, shown
from pipeline.smoke.report import CheckResult

HEALTH, STATS, FRONT = "/health", "/stats", "/"
OFF = "disabled"  # counts as well for telegram: an agent may run without a bot of its own

_THE_HEALTH = "The health endpoint"
_THE_STATS = "The stats endpoint"
_FRONT_PAGE = f"The front page (there is no {HEALTH})"
_UPTIME, _BUDGET = "uptime_seconds", "token_budget"


def judge_health(
    answer: Answer | Unreachable, wanted: Endpoint | None = None, *, front: bool = False
) -> CheckResult:
    """As the project wants it; else any answer of 2xx or 3xx that does not tell of trouble. `front`: it is
    that of the front page."""
    if wanted is not None:
        return judge_answer("health", _THE_HEALTH, answer, wanted)
    return judge_answer("health", _FRONT_PAGE if front else _THE_HEALTH, answer, Wanted(), status=GOOD)


def offers_entry(name: str, answer: Answer | Unreachable) -> bool:
    """Whether the health answer names the entry; one that did not come may have."""
    if isinstance(answer, Unreachable):
        return True
    found = at(answer.json, f"checks.{name}")
    return found is not MISSING


def judge_entry(name: str, answer: Answer | Unreachable, wanted: Endpoint | None = None) -> CheckResult:
    """One entry of the health answer's `checks`; its own verdict counts also when the whole is a 503. Where
    the project points elsewhere, what lies there."""
    wanted = wanted or Endpoint()
    if wanted.path is not None:
        return judge_answer(name, f"The {name} endpoint", answer, wanted)
    if wanted.at is not None:
        return judge_answer(name, _THE_HEALTH, answer, wanted, status=None)
    allowed = f"ok or {OFF}" if name == "telegram" else "ok"
    around = limit_of(wanted, wanted.status)
    limit = f"{allowed}, {around}" if around else allowed
    if isinstance(answer, Unreachable):
        return CheckResult(name, False, "no answer", limit, f"{_THE_HEALTH} gave {phrase(answer)}.")
    if wanted.status and answer.status not in wanted.status:
        trouble = f"{_THE_HEALTH} answered {answer.status}."
        return CheckResult(name, False, str(answer.status), limit, trouble)
    if trouble := late(_THE_HEALTH, answer, wanted):
        return CheckResult(name, False, f"{answer.milliseconds} ms", limit, trouble)
    return _judge_entry(name, answer, limit)


def _judge_entry(name: str, answer: Answer, limit: str) -> CheckResult:
    entry = at(answer.json, f"checks.{name}")
    status = entry.get("status") if isinstance(entry, Mapping) else entry
    if status is None or status is MISSING:
        return CheckResult(name, False, "missing", limit, f'The health answer has no entry "{name}".')
    if status in WELL:
        return CheckResult(name, True, shown(status), limit, "")
    if status == OFF and name == "telegram":
        return CheckResult(name, True, OFF, limit, "The application runs with Telegram disabled.")
    return CheckResult(name, False, shown(status), limit, _why(name, entry, status))


def offers_stats(answer: Answer | Unreachable) -> bool:
    """Whether the answer is of stats as we know them; one that did not come, or broke, may have been.

    Not 404 alone tells: many servers answer every path with their front page or a login."""
    if isinstance(answer, Unreachable) or answer.status >= 500:
        return True
    known = isinstance(answer.json, Mapping) and (_UPTIME in answer.json or _BUDGET in answer.json)
    return known and answer.status != 404


def judge_stats(answer: Answer | Unreachable, wanted: Endpoint | None = None) -> CheckResult:
    """Uptime and token budget are there and make sense; or what the project wants to find instead."""
    wanted = wanted or Endpoint()
    if wanted.at is not None:
        return judge_answer("stats", _THE_STATS, answer, wanted)
    result = judge_answer("stats", _THE_STATS, answer, wanted)
    limit = f"{result.limit}, uptime, used ≤ token limit"
    if isinstance(answer, Unreachable) or not result.ok:
        return CheckResult("stats", False, result.figure, limit, result.detail)
    if not isinstance(answer.json, Mapping):
        trouble = f"The stats answer is not a JSON object: {shown(answer.text_head)}."
        return CheckResult("stats", False, result.figure, limit, trouble)
    uptime, budget = _number(answer.json, _UPTIME), answer.json.get(_BUDGET)
    counts = {key: _number(budget, key) for key in ("used", "limit")} if isinstance(budget, Mapping) else {}
    used, allowed = counts.get("used"), counts.get("limit")
    for value, key in ((uptime, _UPTIME), (used, f"{_BUDGET}.used"), (allowed, f"{_BUDGET}.limit")):
        if value is None:
            trouble = f'The stats answer has no number from 0 at "{key}".'
            return CheckResult("stats", False, result.figure, limit, trouble)
    figure = f"up {uptime:.0f} s, {used:.0f} of {allowed:.0f} tokens"
    trouble = "More tokens are used than the budget allows." if (used or 0) > (allowed or 0) else ""
    return CheckResult("stats", not trouble, figure, limit, trouble)


def _why(name: str, entry: object, status: object) -> str:
    said = ""
    if isinstance(entry, Mapping):
        said = next((str(entry[key]) for key in ("error", "detail", "message") if entry.get(key)), "")
    return f'The health answer says {shown(status)} for "{name}"' + (f": {shown(said)}." if said else ".")


def _number(of: Mapping[str, object], key: str) -> float | None:
    value = of.get(key)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if fits and isinstance(value, int | float) else None
