"""What statuses and check runs say of a commit, taken together. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.model.ci import Ci

CONTEXT = "vnext/deploy"
"""Under which the controller itself speaks: what it says is not what it asks for."""

_WELL = frozenset({"success", "neutral", "skipped"})


def of_status(status: dict[str, object]) -> Ci | None:
    """One commit status; None for our own."""
    if status.get("context") == CONTEXT:
        return None
    match status.get("state"):
        case "success":
            return Ci.PASSED
        case "failure" | "error":
            return Ci.FAILED
        case _:
            return Ci.PENDING


def of_check(check: dict[str, object]) -> Ci | None:
    """One check run; None for our own."""
    if check.get("name") == CONTEXT:
        return None
    if check.get("status") != "completed":
        return Ci.PENDING
    return Ci.PASSED if check.get("conclusion") in _WELL else Ci.FAILED


def together(judged: Iterable[Ci | None]) -> Ci | None:
    """One failure is a failure, one that runs is waited for; None where there is nothing."""
    found = set(judged)
    return next((each for each in (Ci.FAILED, Ci.PENDING, Ci.PASSED) if each in found), None)
