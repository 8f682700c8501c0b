"""What the application answers at API_URL, and how long its certificate is still valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.model.alert import Problem, Severity
from pipeline.model.moment import day
from pipeline.watching.lasting import Memory

LAST, BAD_OF_LAST = 5, 3
"""Told once so many of the last answers are bad, and over after as many good ones, one after the other."""

WARN_BEFORE = timedelta(days=21)
CRITICAL_BEFORE = timedelta(days=3)


class Answered(StrEnum):
    WELL = "well"
    DEGRADED = "degraded"  # it serves, and says itself that not all is well, or takes too long
    FAILING = "failing"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`problem` is a sentence, without secrets."""

    answered: Answered
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Answers newest last, at most LAST."""

    memory: Memory = field(default_factory=Memory)
    answers: tuple[Asked, ...] = ()


def at_rest(watched: Watched) -> Watched:
    return Watched(memory=watched.memory.at_rest())


def watch(watched: Watched, asked: Asked, now: datetime) -> tuple[Watched, list[Problem]]:
    answers = (*watched.answers, asked)[-LAST:]
    failing = _bad(answers, {Answered.FAILING}, told=watched.memory.told("endpoint"))
    ill = _bad(answers, {Answered.FAILING, Answered.DEGRADED}, told=watched.memory.told("degraded"))
    newest = next((one for one in reversed(answers) if one.answered is not Answered.WELL), asked)
    memory = watched.memory.after("endpoint", failing, _failing(newest, answers), now)
    degraded = False if memory.told("endpoint") else ill
    memory = memory.after("degraded", degraded, _degraded(newest), now)
    return Watched(memory=memory, answers=answers), memory.all


def _bad(answers: Sequence[Asked], kinds: set[Answered], *, told: bool) -> bool:
    bad = [one.answered in kinds for one in answers]
    if told:
        return len(bad) < BAD_OF_LAST or any(bad[-BAD_OF_LAST:])
    return sum(bad) >= BAD_OF_LAST


def _failing(asked: Asked, answers: Sequence[Asked]) -> Problem:
    times = sum(one.answered is Answered.FAILING for one in answers)
    return Problem(
        fingerprint="endpoint",
        severity=Severity.CRITICAL,
        title="The application does not answer",
        what=f"{times} of the last {len(answers)} requests to API_URL failed. {asked.problem}",
        production="Its containers may run, but people are not served as they should be.",
        advice="See /status and /logs. /rollback brings an earlier release back.",
    )


def _degraded(asked: Asked) -> Problem:
    return Problem(
        fingerprint="degraded",
        severity=Severity.WARNING,
        title="The application says that it is not well",
        what=asked.problem,
        production="It answers, and serves people at least in part.",
        advice="See /logs for what it misses.",
    )


def watch_certificate(memory: Memory, until: datetime, now: datetime) -> tuple[Memory, list[Problem]]:
    left = until - now
    severity = Severity.CRITICAL if left <= CRITICAL_BEFORE else Severity.WARNING
    days = left.days
    over = left <= timedelta()
    problem = Problem(
        fingerprint="certificate",
        severity=severity,
        title="The certificate has expired" if over else "The certificate ends soon",
        what=f"The TLS certificate of API_URL {'was' if over else 'is'} valid until {day(until)}"
        f"{'' if over else f', {days} more days' if days != 1 else ', one more day'}.",
        production="Browsers and other clients refuse it." if over else "It is served with it until then.",
        advice="Renew it: see why whatever renews it by itself has not.",
    )
    known = memory.problems.get("certificate")
    if known is not None and known.title != problem.title:
        memory = replace(memory, problems={})  # expired meanwhile: told in other words
    after = memory.after("certificate", left <= WARN_BEFORE, problem, now)
    return after, after.all
