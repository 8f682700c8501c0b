"""Judgements over the answers of the application: its health and its stats."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.probe import Answer, Unreachable
from pipeline.smoke.report import CheckResult

WELL = ("ok", "healthy")
OFF = "disabled"  # counts as well for telegram: an agent may run without a bot of its own

_SHOWN_CHARACTERS = 120


def judge_health(answer: Answer | Unreachable) -> CheckResult:
    """The endpoint answers 200 and says that it is well."""
    body, figure, trouble = _read(answer, "health")
    if body is not None and not trouble:
        status = body.get("status")
        figure = f"{figure}, {_shown(status)}"
        if status not in WELL:
            trouble = f"The health answer says status {_shown(status)}."
    return CheckResult("health", not trouble, figure, "200, ok", trouble)


def judge_entry(name: str, answer: Answer | Unreachable) -> CheckResult:
    """One entry of the health answer's `checks`; its own verdict counts also when the whole is a 503."""
    limit = f"ok or {OFF}" if name == "telegram" else "ok"
    body, figure, trouble = _read(answer, "health")
    if body is None:
        return CheckResult(name, False, figure, limit, trouble)
    checks = body.get("checks")
    entry = checks.get(name) if isinstance(checks, Mapping) else None
    status = entry.get("status") if isinstance(entry, Mapping) else entry
    if status is None:
        return CheckResult(name, False, "missing", limit, f'The health answer has no entry "{name}".')
    if status in WELL:
        return CheckResult(name, True, _shown(status), limit, "")
    if status == OFF and name == "telegram":
        return CheckResult(name, True, OFF, limit, "The application runs with Telegram disabled.")
    return CheckResult(name, False, _shown(status), limit, _why(name, entry, status))


def judge_stats(answer: Answer | Unreachable) -> CheckResult:
    """Uptime and token budget are there and make sense."""
    limit = "200, uptime, used ≤ token limit"
    body, figure, trouble = _read(answer, "stats")
    if body is None or trouble:
        return CheckResult("stats", False, figure, limit, trouble)
    uptime = _number(body, "uptime_seconds")
    if uptime is None:
        return CheckResult("stats", False, figure, limit, _no_number("uptime_seconds"))
    budget = body.get("token_budget")
    counts = {key: _number(budget, key) for key in ("used", "limit")} if isinstance(budget, Mapping) else {}
    used, allowed = counts.get("used"), counts.get("limit")
    if used is None or allowed is None:
        key = "token_budget.used" if used is None else "token_budget.limit"
        return CheckResult("stats", False, figure, limit, _no_number(key))
    figure = f"up {uptime:.0f} s, {used:.0f} of {allowed:.0f} tokens"
    trouble = "More tokens are used than the budget allows." if used > allowed else ""
    return CheckResult("stats", not trouble, figure, limit, trouble)


def _read(answer: Answer | Unreachable, what: str) -> tuple[Mapping[str, object] | None, str, str]:
    """The JSON object if there is one, the figure, and what is wrong: trouble beside a body means that
    the status is not 200."""
    if isinstance(answer, Unreachable):
        return None, "no answer", f"The {what} endpoint gave {_phrase(answer.reason)}."
    body = answer.json if isinstance(answer.json, dict) else None
    figure = f"{answer.status} in {answer.milliseconds} ms"
    if answer.status != 200:
        return body, figure, f"The {what} endpoint answered {answer.status}: {_shown(answer.text_head)}."
    if body is None:
        return None, figure, f"The {what} answer is not a JSON object: {_shown(answer.text_head)}."
    return body, figure, ""


def _phrase(reason: str) -> str:
    return reason if reason.startswith("no ") else f"no answer: {reason}"


def _why(name: str, entry: object, status: object) -> str:
    said = ""
    if isinstance(entry, Mapping):
        said = next((str(entry[key]) for key in ("error", "detail", "message") if entry.get(key)), "")
    return f'The health answer says {_shown(status)} for "{name}"' + (f": {_shown(said)}." if said else ".")


def _number(of: Mapping[str, object], key: str) -> float | None:
    value = of.get(key)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if fits and isinstance(value, int | float) else None


def _no_number(key: str) -> str:
    return f'The stats answer has no number from 0 at "{key}".'


def _shown(value: object) -> str:
    text = " ".join(str(value).split()) if value not in (None, "") else "nothing"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
