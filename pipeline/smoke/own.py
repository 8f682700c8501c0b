"""Checks of the project's own: by HTTP, by TCP, or by a command in a container."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipeline.model.checks import OwnCheck
from pipeline.model.errors import PipelineError
from pipeline.probe import Answer, Connected, Unreachable
from pipeline.smoke.answers import judge_answer, limit_of, shown
from pipeline.smoke.report import CheckResult

COMMAND_MS = 10_000
"""What a command has where the project names no limit."""


@dataclass(frozen=True)
class Ran:
    """A command that ended, or was ended: then `exit_code` is None. `last` is its last line."""

    exit_code: int | None
    milliseconds: int
    last: str


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How the outside is asked: `get` and `connect` take seconds last, `execute` raises PipelineError."""

    get: Callable[[str, float], Awaitable[Answer | Unreachable]]
    connect: Callable[[str, int, float], Awaitable[Connected | Unreachable]]
    execute: Callable[[OwnCheck], Awaitable[Ran]]


async def own_check(check: OwnCheck, ways: Ways, api_url: str, seconds: float) -> CheckResult:
    if check.http is not None:
        answer = await ways.get(url(api_url, check.http), seconds)
        return judge_answer(check.name, f'"{check.name}"', answer, check)
    if check.tcp is not None:
        return judge_connection(check, await ways.connect(*check.target, seconds))
    try:
        ran = await ways.execute(check)
    except PipelineError as error:
        return CheckResult(check.name, False, "not run", _in_time(check), f"{error.what} {error.advice}")
    return judge_command(check, ran)


def judge_connection(check: OwnCheck, found: Connected | Unreachable) -> CheckResult:
    limit = ", ".join(part for part in ("accepts", limit_of(check, None)) if part)
    if isinstance(found, Unreachable):
        return CheckResult(check.name, False, "no connection", limit, f"{check.tcp}: {found.reason}.")
    figure = f"connected in {found.milliseconds} ms"
    slow = check.within_ms is not None and found.milliseconds > check.within_ms
    trouble = f"{check.tcp} took {found.milliseconds} ms; allowed are {check.within_ms}." if slow else ""
    return CheckResult(check.name, not trouble, figure, limit, trouble)


def judge_command(check: OwnCheck, ran: Ran) -> CheckResult:
    limit = _in_time(check)
    said = f" Its last line: {shown(ran.last)}." if ran.last else ""
    if ran.exit_code is None:
        trouble = f"The command did not end in time and was stopped.{said}"
        return CheckResult(check.name, False, f"stopped after {ran.milliseconds} ms", limit, trouble)
    figure = f"exit code {ran.exit_code} in {ran.milliseconds} ms"
    trouble = f"The command ended with exit code {ran.exit_code}.{said}" if ran.exit_code else ""
    allowed = check.within_ms or COMMAND_MS
    if not trouble and ran.milliseconds > allowed:
        trouble = f"The command took {ran.milliseconds} ms; allowed are {allowed}."
    return CheckResult(check.name, not trouble, figure, limit, trouble)


def url(api_url: str, address: str) -> str:
    """`address` is a path below `api_url`, or a whole URL."""
    return api_url + address if address.startswith("/") else address


def _in_time(check: OwnCheck) -> str:
    return f"exit code 0, within {check.within_ms or COMMAND_MS} ms"
