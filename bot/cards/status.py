"""The answer to /status: what serves and how it is, then figures, then what unfolds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.cards.alerts import in_status
from bot.cards.card import Card, copying
from bot.cards.help import menu
from pipeline.model.alert import Alert
from pipeline.model.pause import Pause
from pipeline.model.plan import Approval
from pipeline.model.probation import Probation
from pipeline.model.question import Question
from pipeline.model.release import Backup, Observation, Release, ServiceState
from pipeline.model.run import RunView
from pipeline.model.running import Code
from pipeline.model.states import RunState, StageState
from pipeline.store.history import PastRun
from pipeline.wording.markup import GAP, code, joined, line, quote, room
from pipeline.wording.pause import MEANS, paused
from pipeline.wording.probation import in_status as probation_in_status
from pipeline.wording.restore import last_proven
from pipeline.wording.words import (
    ANSWER_WANTED,
    KIND,
    PAUSED,
    RUN_SIGN,
    RUN_WORD,
    STAGE_SIGN,
    WARNING,
    WORKER_SILENT,
    age,
    clock,
    day,
    named,
    share,
    short,
    size,
    span,
)

_SERVICES = 8
_IN_DETAIL = 100
_WELL, _ILL = STAGE_SIGN[StageState.SUCCEEDED], STAGE_SIGN[StageState.FAILED]


@dataclass(frozen=True, kw_only=True)
class Next:
    """What comes by itself, and when, unless it is `paused`."""

    name: str
    at: datetime
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Everything the status card shows; `runs` are newest first and do not include the active one.

    `backup` is the newest that is usable, `proven` the newest that was proven. `plan` and `question` are
    those of the active run that wait for an answer; `agenda` is soonest first, of `alerts`, which last, the
    worst. `bot` and `worker` are the code of each.
    """

    project: str
    branch: str
    live: Release | None
    previous: Release | None
    seen: Observation | None
    active: RunView | None
    runs: list[PastRun] = field(default_factory=list)
    backup: Backup | None = None
    proven: Backup | None = None
    paused: Pause | None = None
    plan: Approval | None = None
    question: Question | None = None
    agenda: list[Next] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    probation: Probation | None = None
    bot: Code | None = None
    worker: Code | None = None


def silence(seen: Observation | None, now: datetime) -> timedelta | None:
    """For how long the worker has told nothing, where that is too long."""
    if seen is None or now - seen.at <= WORKER_SILENT:
        return None
    return now - seen.at


def status_card(standing: Standing, now: datetime) -> Card:
    above = joined(
        state_of(standing, now),
        in_status(standing.alerts, now),
        *([paused(standing.paused, now), MEANS, GAP] if standing.paused else []),
        f"Live: {serving(standing.live, now)}" if standing.live else "Live: nothing yet",
        *([probation_in_status(standing.probation)] if standing.probation else []),
        under_way(standing.active),
        *waits(standing, now),
        *_services(standing.seen, now),
        GAP,
        *_figures(standing, now),
        *_differing(standing.bot, standing.worker),
    )
    detail = _detail(standing, now)
    return Card(
        text=joined(above, quote(detail, total=len(detail), budget=room(above))),
        rows=(*menu(), *copying(standing.live.sha if standing.live else None)),
    )


def state_of(standing: Standing, now: datetime) -> str:
    """The first line: whether all is well, or else what is not."""
    name, seen = f"<b>{line(standing.project, 63)}</b>", standing.seen
    if seen is None:
        return f"{WARNING} {name}\n<b>The worker has not told anything yet.</b>"
    if quiet := silence(seen, now):
        return f"{WARNING} {name}\n<b>The worker has been silent for {span(quiet)};</b> what follows is old."
    if seen.problem:
        return f"{WARNING} {name}: {line(seen.problem, 300)}"
    if not seen.services:
        return f"{WARNING} {name}: no container of the project was found."
    ill = [service for service in seen.services if not service.well]
    if len(ill) == 1:
        return f"{_ILL} {name}: {line(ill[0].service, 40)} is not well"
    if ill:
        return f"{_ILL} {name}: {len(ill)} of {len(seen.services)} services are not well"
    return f"{_WELL} {name} is well"


def serving(release: Release, now: datetime) -> str:
    branch = f" {line(release.branch, 100)}" if release.branch else ""
    since = f" since {day(release.live_since)} ({age(release.live_since, now)})" if release.live_since else ""
    return f"{code(named(release))}{branch}{since}"


def under_way(view: RunView | None) -> str:
    if view is None:
        return "No run is under way."
    run = view.run
    stage = f" at {view.current.name}" if view.current else ""
    word = RUN_WORD[run.state].lower()
    cancelled = f", cancelled by {line(run.cancelled_by, 80)}" if run.cancelled_by else ""
    return (
        f"{RUN_SIGN[run.state]} Run {run.id}, {KIND[run.kind].lower()}{stage}: {word}"
        f" since {clock(run.requested_at)}, asked by {line(run.requested_by, 80)}{cancelled}"
    )


def waits(standing: Standing, now: datetime) -> list[str]:
    """What the active run wants of Master, for how long still, and how to answer."""
    said = []
    if (plan := standing.plan) is not None:
        number = plan.run_id
        said.append(
            f"{RUN_SIGN[RunState.AWAITING]} <b>The plan of run {number} waits for you</b>,"
            f" {_left(plan.expires_at, now)}; silence means no. Tap Approve or Reject below it,"
            f" or write /approve {number} or /reject {number}."
        )
    if (question := standing.question) is not None:
        said.append(
            f"{ANSWER_WANTED} <b>Run {question.run_id} asks how to go on</b>,"
            f" {_left(question.expires_at, now)}. Tap a button below its question."
        )
    return said


def _left(until: datetime, now: datetime) -> str:
    return f"for {span(until - now)} more" if until > now else "its time is over"


def _services(seen: Observation | None, now: datetime) -> list[str]:
    """Those that are not well come first; those that find no room are only counted, and unfold below."""
    if seen is None or not seen.services:
        return []
    ordered = sorted(seen.services, key=lambda service: service.well)
    more = len(ordered) - _SERVICES
    return [
        f"\n<b>Services</b> (seen {age(seen.at, now)})",
        *map(_service, ordered[:_SERVICES]),
        *([f"… and {more} more"] if more > 0 else []),
    ]


def _service(service: ServiceState) -> str:
    how = (service.health or "running") if service.running else "not running"
    restarts = f", {service.restarts} restarts" if service.restarts else ""
    return f"{_WELL if service.well else _ILL} {line(service.service, 40)}: {line(how, 20)}{restarts}"


def _figures(standing: Standing, now: datetime) -> list[str]:
    figures = []
    if (seen := standing.seen) is not None:
        left = []
        if seen.disk_free is not None:
            left.append(f"Disk {share(seen.disk_free)} free")
        if seen.memory_available is not None:
            left.append(f"memory {share(seen.memory_available)} available")
        figures.append(" · ".join(left))
        if seen.tokens is not None:
            figures.append(f"Tokens today: {seen.tokens.used:,} of {seen.tokens.limit:,}")
    if standing.runs:
        figures.append(f"Last run: {_run(standing.runs[0])}")
    if standing.backup is None:
        return [*figures, "No backup yet."]
    backup = standing.backup
    return [
        *figures,
        f"Last backup: {size(backup.bytes)}, {age(backup.created_at, now)}",
        last_proven(standing.proven, now),
    ]


def _run(run: PastRun) -> str:
    sha = f" {code(short(run.sha))}" if run.sha else ""
    at = run.finished_at or run.requested_at
    word = RUN_WORD[run.state].lower()
    return f"{RUN_SIGN[run.state]} {run.id} {KIND[run.kind].lower()}{sha} {word}, {day(at)}"


def _detail(standing: Standing, now: datetime) -> list[str]:
    """What unfolds."""
    services = standing.seen.services[:_IN_DETAIL] if standing.seen else []
    up = [service for service in services if service.running and service.started_at]
    return [
        f"Watches {code(standing.branch, 100)}",
        *_alike(standing.bot, standing.worker),
        *([f"Previous: {serving(standing.previous, now)}"] if standing.previous else []),
        *(_next(each, now) for each in standing.agenda if each.at > now or each.paused),
        *(f"{line(s.service, 40)}: up since {day(s.started_at)}" for s in up if s.started_at),
        *(_service(service) for service in sorted(services, key=lambda s: s.well)[_SERVICES:]),
        *(_run(run) for run in standing.runs[1:]),
    ]


def _alike(bot: Code | None, worker: Code | None) -> list[str]:
    return [f"controller {line(str(bot), 60)}"] if bot is not None and bot == worker else []


def _differing(bot: Code | None, worker: Code | None) -> list[str]:
    """Where bot and worker are not of one release, as after an update that was cut by hand."""
    if bot is None or worker is None or bot == worker:
        return []
    return [
        f"{WARNING} The bot is {line(str(bot), 60)}, the worker {line(str(worker), 60)}:"
        " start both from one image."
    ]


def _next(each: Next, now: datetime) -> str:
    if each.paused:
        return f"{PAUSED} {line(each.name, 40)} is paused; /schedules resumes it"
    return f"Next: {line(each.name, 40)} {day(each.at)} (in {span(each.at - now)})"
