"""The answer to /status: what serves, how it is, what runs and what ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.cards.card import Card, copying
from bot.cards.help import menu
from pipeline.model.release import Backup, Observation, Release, ServiceState
from pipeline.model.run import RunView
from pipeline.model.states import StageState
from pipeline.store.history import PastRun
from pipeline.wording.markup import code, joined, line
from pipeline.wording.restore import last_proven
from pipeline.wording.words import (
    KIND,
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

_SERVICES = 20


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Everything the status card shows; `runs` are newest first and do not include the active one.

    `backup` is the newest that is usable, `proven` the newest that was proven.
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


def silence(seen: Observation | None, now: datetime) -> timedelta | None:
    """For how long the worker has told nothing, where that is too long."""
    if seen is None or now - seen.at <= WORKER_SILENT:
        return None
    return now - seen.at


def status_card(standing: Standing, now: datetime) -> Card:
    return Card(
        text=joined(
            f"<b>{line(standing.project, 63)}</b> · watches {code(standing.branch, 100)}",
            *_releases(standing, now),
            *_production(standing.seen, now),
            _active(standing.active),
            *_ran(standing.runs),
            *_backup(standing, now),
        ),
        rows=(*menu(), *copying(standing.live.sha if standing.live else None)),
    )


def _releases(standing: Standing, now: datetime) -> list[str]:
    lines = [f"Live: {_release(standing.live, now)}" if standing.live else "Live: nothing yet"]
    if standing.previous:
        lines.append(f"Previous: {_release(standing.previous, now)}")
    return lines


def _release(release: Release, now: datetime) -> str:
    branch = f" {line(release.branch, 100)}" if release.branch else ""
    since = f" since {day(release.live_since)} ({age(release.live_since, now)})" if release.live_since else ""
    return f"{code(named(release))}{branch}{since}"


def _production(seen: Observation | None, now: datetime) -> list[str]:
    if seen is None:
        return [f"\n{WARNING} <b>The worker has not told anything yet.</b>"]
    quiet = silence(seen, now)
    head = (
        f"\n{WARNING} <b>The worker has been silent for {span(quiet)}.</b> Last seen:"
        if quiet
        else f"\n<b>Services</b> (seen {age(seen.at, now)})"
    )
    lines = [head, *(_service(service) for service in seen.services[:_SERVICES])]
    if len(seen.services) > _SERVICES:
        lines.append(f"… and {len(seen.services) - _SERVICES} more")
    if not seen.services and not seen.problem:
        lines.append("No container of the project was found.")
    if seen.problem:
        lines.append(f"{WARNING} {line(seen.problem, 300)}")
    room = []
    if seen.disk_free is not None:
        room.append(f"Disk {share(seen.disk_free)} free")
    if seen.memory_available is not None:
        room.append(f"memory {share(seen.memory_available)} available")
    return [*lines, " · ".join(room)]


def _service(service: ServiceState) -> str:
    sign = STAGE_SIGN[StageState.SUCCEEDED if service.well else StageState.FAILED]
    how = (service.health or "running") if service.running else "not running"
    up = f", up since {day(service.started_at)}" if service.running and service.started_at else ""
    restarts = f", {service.restarts} restarts" if service.restarts else ""
    return f"{sign} {line(service.service, 40)}: {line(how, 20)}{up}{restarts}"


def _active(view: RunView | None) -> str:
    if view is None:
        return "\nNo run is under way."
    run = view.run
    stage = f" at {view.current.name}" if view.current else ""
    word = RUN_WORD[run.state].lower()
    return (
        f"\n{RUN_SIGN[run.state]} Run {run.id}, {KIND[run.kind].lower()}{stage}: {word}"
        f" since {clock(run.requested_at)}, asked by {line(run.requested_by, 80)}"
    )


def _ran(runs: list[PastRun]) -> list[str]:
    if not runs:
        return []
    return ["<b>Last runs</b>", *(_run(run) for run in runs)]


def _run(run: PastRun) -> str:
    sha = f" {code(short(run.sha))}" if run.sha else ""
    at = run.finished_at or run.requested_at
    word = RUN_WORD[run.state].lower()
    return f"{RUN_SIGN[run.state]} {run.id} {KIND[run.kind].lower()}{sha} {word}, {day(at)}"


def _backup(standing: Standing, now: datetime) -> list[str]:
    backup = standing.backup
    if backup is None:
        return ["No backup yet."]
    return [
        f"Last backup: {size(backup.bytes)}, {age(backup.created_at, now)}",
        last_proven(standing.proven, now),
    ]
