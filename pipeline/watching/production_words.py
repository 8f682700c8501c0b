"""How problems of the group's containers are said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.containers.container import Container
from pipeline.model.alert import Problem, Severity
from pipeline.model.moment import second
from pipeline.watching.deaths import Death, ending

_LOG_LINES = 12
_LINE = 300


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is known of a service as something is said of it."""

    service: str
    critical: bool
    containers: Sequence[Container]
    last: Death | None
    log: list[str]


def down(case: Case) -> Problem:
    service, number = case.service, len(case.containers)
    dead = [container for container in case.containers if not container.running]
    partly = 0 < len(dead) < number
    title = f"{len(dead)} of {number} containers of {service} are down" if partly else f"{service} is down"
    advice = f"See /logs {service}. /status shows what serves; /rollback brings an earlier release back."
    if not case.containers:
        title = f"{service} is missing"
        advice = "See /status. /deploy, or /rollback to a kept release, makes its container anew."
    return Problem(
        fingerprint=f"down/{service}",
        severity=Severity.WARNING if partly else _severity(case),
        title=title,
        what=_ended(case, dead[0]) if dead else f"There is no container of {service}.",
        production=f"{number - len(dead)} of its containers still run."
        if partly
        else f"{service} does not run, so it serves nobody.",
        advice=advice,
        service=service,
        details=_details(case),
    )


def loop(case: Case, deaths: int, more: int) -> Problem:
    """`more`: how often it ended that was not told yet, besides the first."""
    last = f", last with {ending(case.last.exit_code)}" if case.last else ""
    memory = " It was killed for want of memory (OOM)." if case.last and case.last.oom else ""
    return Problem(
        fingerprint=f"loop/{case.service}",
        severity=_severity(case),
        title=f"{case.service} restarts again and again",
        what=f"{case.service} ended {deaths} times within a few minutes{last}.{memory}",
        production=f"{case.service} serves in between at most.",
        advice=f"See /logs {case.service}. /rollback brings an earlier release back.",
        service=case.service,
        details=_details(case),
        more=more,
    )


def unhealthy(case: Case) -> Problem:
    return Problem(
        fingerprint=f"unhealthy/{case.service}",
        severity=_severity(case),
        title=f"{case.service} is unhealthy",
        what=f"The health check of {case.service} fails, and has for a while.",
        production=f"{case.service} runs; whether it serves is doubtful.",
        advice=f"See /logs {case.service}. /rollback brings an earlier release back.",
        service=case.service,
        details=_details(case),
    )


def restarted(case: Case) -> Problem:
    code = ending(case.last.exit_code) if case.last else ending(None)
    return Problem(
        fingerprint=f"restarted/{case.service}",
        severity=Severity.WARNING,
        title=f"{case.service} ended and was restarted",
        what=f"{case.service} ended by itself with {code}; Docker started it again.",
        production=f"{case.service} runs again.",
        advice=f"See /logs {case.service} for why it ended.",
        service=case.service,
        details=_details(case),
    )


def short_of_memory(case: Case) -> Problem:
    return Problem(
        fingerprint=f"oom/{case.service}",
        severity=Severity.WARNING,
        title=f"{case.service} ran out of memory",
        what=f"The kernel killed a process of {case.service} for want of memory (OOM).",
        production=f"{case.service} runs; what the process was doing is lost.",
        advice=f"Give {case.service} a higher memory limit in the compose file, or see /logs {case.service}"
        " for what takes so much.",
        service=case.service,
        details=_details(case),
    )


def _ended(case: Case, container: Container) -> str:
    service, last = case.service, case.last
    if container.started_at is None:
        return f"The container of {service} was made and never started."
    if last is not None and last.by_hand:
        return f"{service} was stopped by somebody on the server, with {ending(last.exit_code)}."
    code = last.exit_code if last and last.exit_code is not None else container.exit_code
    if container.oom_killed or (last is not None and last.oom):
        return f"{service} was killed for want of memory (OOM), {ending(code)}, and does not run again."
    return f"{service} ended with {ending(code)} and does not run again."


def _details(case: Case) -> list[str]:
    at = [f"Ended at {second(case.last.at)}"] if case.last else []
    return [*at, *(line[:_LINE] for line in case.log[-_LOG_LINES:])]


def _severity(case: Case) -> Severity:
    return Severity.CRITICAL if case.critical else Severity.WARNING
