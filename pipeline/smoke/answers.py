"""Judgements over one HTTP answer: its status, what its JSON says, and the time it took."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.check_values import Value
from pipeline.model.checks import Wanted
from pipeline.model.json_path import MISSING, at
from pipeline.probe import Answer, Unreachable
from pipeline.smoke.report import CheckResult

WELL = ("ok", "healthy")
"""What counts where no value is named."""

ALSO_WELL = ("up", "pass", "passing", "alive", "ready", "running")
"""What applications of other makers say at "status" when nobody told us what to expect."""

GOOD: tuple[int, ...] = ()
"""Any status of 2xx and 3xx."""

_SHOWN_CHARACTERS = 120


def judge_answer(
    name: str,
    what: str,
    answer: Answer | Unreachable,
    wanted: Wanted,
    *,
    status: tuple[int, ...] | None = (200,),
) -> CheckResult:
    """`what` begins a sentence; `status` counts where `wanted` names none, and None is any at all."""
    allowed = wanted.status or status
    limit = limit_of(wanted, allowed)
    if isinstance(answer, Unreachable):
        return CheckResult(name, False, "no answer", limit, f"{what} gave {phrase(answer)}.")
    figure = f"{answer.status} in {answer.milliseconds} ms"
    if allowed is not None and not _fits(answer.status, allowed):
        return CheckResult(
            name, False, figure, limit, f"{what} answered {answer.status}: {shown(answer.text_head)}."
        )
    said, trouble = _told(what, answer, wanted)
    figure = f"{figure}, {said}" if said else figure
    trouble = trouble or late(what, answer, wanted)
    return CheckResult(name, not trouble, figure, limit, trouble)


def limit_of(wanted: Wanted, status: tuple[int, ...] | None) -> str:
    """`200, status is ok or healthy, within 500 ms`."""
    parts = []
    if status is not None:
        parts.append(" or ".join(map(str, status)) or "2xx or 3xx")
    if wanted.at is not None:
        parts.append(f"{wanted.at} is {either(wanted.value or WELL)}")
    if wanted.within_ms is not None:
        parts.append(f"within {wanted.within_ms} ms")
    return ", ".join(parts)


def late(what: str, answer: Answer, wanted: Wanted) -> str:
    """A sentence where the answer took too long."""
    if wanted.within_ms is None or answer.milliseconds <= wanted.within_ms:
        return ""
    return f"{what} took {answer.milliseconds} ms; allowed are {wanted.within_ms}."


def either(values: Sequence[Value]) -> str:
    return " or ".join(shown(value) for value in values)


def shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(str(value).split()) if value not in (None, "") else "nothing"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def phrase(answer: Unreachable) -> str:
    return answer.reason if answer.reason.startswith("no ") else f"no answer: {answer.reason}"


def _fits(status: int, allowed: tuple[int, ...]) -> bool:
    return status in allowed if allowed else 200 <= status < 400


def _told(what: str, answer: Answer, wanted: Wanted) -> tuple[str, str]:
    """What the JSON says at the place that counts, and what is wrong with it."""
    if wanted.at is None:
        status = at(answer.json, "status") if isinstance(answer.json, dict) else MISSING
        if status is MISSING:
            return "", ""
        return shown(status), "" if _sounds_well(status) else f"{what} says {shown(status)} at status."
    if answer.json is None:
        return "", f"{what} did not answer with JSON: {shown(answer.text_head)}."
    value = at(answer.json, wanted.at)
    if value is MISSING:
        return "nothing", f"{what} says nothing at {wanted.at}: {shown(answer.text_head)}."
    fits = any(same(value, one) for one in wanted.value or WELL)
    return shown(value), "" if fits else f"{what} says {shown(value)} at {wanted.at}."


def same(found: object, wanted: Value) -> bool:
    """Equal, but true is not 1."""
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def _sounds_well(status: object) -> bool:
    match status:
        case bool():
            return status
        case str():
            return status.lower() in (*WELL, *ALSO_WELL)
        case int():
            return _fits(status, GOOD)
        case _:
            return False
