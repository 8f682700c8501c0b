"""Lists and standing as texts for a terminal. Pure: the moment is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.cli.which import vnext
from pipeline.model.alert import Alert, Severity
from pipeline.model.audit import AuditLine
from pipeline.model.pause import Pause
from pipeline.model.probation import Probation
from pipeline.model.release import Backup, BackupId, Observation, Project, Release, ServiceState
from pipeline.model.run import RunView
from pipeline.model.states import RunState, StageState
from pipeline.store.history import PastRun
from pipeline.wording.audit import deed
from pipeline.wording.markup import clean, cut, plain
from pipeline.wording.probation import in_status
from pipeline.wording.restore import copy_words, last_proven, trust
from pipeline.wording.words import (
    KIND,
    RUN_SIGN,
    RUN_WORD,
    STAGE_SIGN,
    WARNING,
    WORKER_SILENT,
    age,
    change,
    day,
    share,
    short,
    size,
    span,
)

_TEXT = 40
_PROBLEM = 100


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`runs` are newest first, the active one not among them."""

    project: Project
    live: Release | None
    previous: Release | None
    seen: Observation | None
    active: RunView | None
    runs: Sequence[PastRun]
    backup: Backup | None
    proven: Backup | None
    paused: Pause | None = None
    alerts: Sequence[Alert] = ()
    probation: Probation | None = None


@dataclass(frozen=True)
class Now:
    """When it is shown."""

    at: datetime

    def time(self, at: datetime | None) -> str:
        return day(at) if at else "-"

    def age(self, at: datetime | None) -> str:
        return age(at, self.at) if at else "-"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two blanks apart."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def history(runs: Sequence[PastRun], now: Now) -> str:
    if not runs:
        return "No run yet."
    rows = [
        (
            str(run.id),
            run.kind,
            run.state,
            "-" if run.exit_code is None else str(int(run.exit_code)),
            short(run.sha) if run.sha else "-",
            _short(run.branch),
            now.time(run.requested_at),
            span(run.finished_at - (run.started_at or run.requested_at)) if run.finished_at else "-",
            _short(run.requested_by),
        )
        for run in runs
    ]
    return table(("RUN", "KIND", "STATE", "CODE", "COMMIT", "BRANCH", "ASKED AT", "TOOK", "BY"), rows)


def releases(found: Sequence[Release], project: Project, now: Now) -> str:
    if not found:
        return "No release was live yet."
    marks = {project.live_release_id: "live", project.previous_release_id: "previous"}
    rows = [
        (
            str(release.id),
            marks.get(release.id, ""),
            release.short_sha,
            _short(release.branch),
            now.time(release.live_since),
            now.age(release.live_since),
            _short(release.schema_revision),
            _short(", ".join(sorted(release.images))),
        )
        for release in found
    ]
    return table(("RELEASE", "", "COMMIT", "BRANCH", "LIVE SINCE", "AGE", "SCHEMA", "SERVICES"), rows)


def grown(backups: Sequence[Backup]) -> dict[BackupId, int | None]:
    """By how many bytes each differs from the good one before it of the same database, None for a first one.
    `backups` are newest first."""
    found: dict[BackupId, int | None] = {}
    for place, backup in enumerate(backups):
        older = (one for one in backups[place + 1 :] if one.database == backup.database)
        before = next((one for one in older if one.quarantined_at is None), None)
        found[backup.id] = backup.bytes - before.bytes if before else None
    return found


def backups(found: Sequence[Backup], changes: Mapping[BackupId, int | None], now: Now) -> str:
    """`changes` as `grown` gives them."""
    if not found:
        return "No backup yet."
    rows = [
        (
            str(backup.id),
            now.time(backup.created_at),
            now.age(backup.created_at),
            size(backup.bytes),
            _change(changes.get(backup.id)),
            _short(trust(backup, now.at)),
            short(backup.release) if backup.release else "-",
            str(backup.run_id or "-"),
            backup.sha256[:12],
            clean(cut(copy_words(backup) or "-", _PROBLEM)),
            clean(backup.path),
        )
        for backup in found
    ]
    head = (
        "BACKUP",
        "MADE AT",
        "AGE",
        "SIZE",
        "CHANGE",
        "PROVEN",
        "COMMIT",
        "RUN",
        "SHA-256",
        "OFF SITE",
        "FILE",
    )
    return table(head, rows)


def _change(count: int | None) -> str:
    return "-" if count is None else change(count)


def audit(lines: Sequence[AuditLine], now: Now) -> str:
    if not lines:
        return "No line in the audit log."
    rows = [
        (
            str(line.id),
            now.time(line.at),
            _short(line.actor),
            cut(clean(deed(line)), _PROBLEM),
            str(line.run or "-"),
            str(line.chat or "-"),
        )
        for line in lines
    ]
    return table(("LINE", "AT", "WHO", "DID", "RUN", "CHAT"), rows)


def status(standing: Standing, now: Now) -> str:
    project = standing.project
    lines = [
        f"{project.name}, watches {clean(project.branch)}",
        *([_paused(standing.paused, now)] if standing.paused else []),
        *(_alert(alert, now) for alert in standing.alerts),
        f"Live:      {_release(standing.live, now) if standing.live else 'nothing yet'}",
    ]
    if standing.probation:
        lines.append(f"Probation: {plain(in_status(standing.probation))}")
    if standing.previous:
        lines.append(f"Previous:  {_release(standing.previous, now)}")
    made = standing.backup
    kept = (
        f"{now.time(made.created_at)} ({now.age(made.created_at)}), {size(made.bytes)}"
        if made
        else "none yet"
    )
    if made:
        kept += f". {last_proven(standing.proven, now.at)}"
    lines += [f"Backup:    {kept}", *_production(standing.seen, now), "", _active(standing.active, now)]
    if standing.runs:
        lines += ["", history(standing.runs, now)]
    return "\n".join(lines)


def _release(release: Release, now: Now) -> str:
    branch = f" {clean(release.branch)}" if release.branch else ""
    since = f", since {now.time(release.live_since)} ({now.age(release.live_since)})"
    return f"{release.short_sha}{branch}, release {release.id}{since if release.live_since else ''}"


def _paused(pause: Pause, now: Now) -> str:
    why = f": {clean(pause.reason)}" if pause.reason else ""
    since = f"{now.time(pause.began_at)} ({now.age(pause.began_at)})"
    return f"Paused:    since {since} by {clean(pause.began_by)}{why}; {vnext('resume')} ends it"


def alerts(found: Sequence[Alert], now: Now) -> str:
    if not found:
        return "No alert yet."
    rows = [
        (
            str(alert.id),
            alert.problem.severity,
            "open" if alert.over_at is None else f"over {now.age(alert.over_at)}",
            now.time(alert.began_at),
            str(alert.times),
            "yes" if alert.acknowledged_at else "-",
            cut(clean(alert.problem.title), _PROBLEM),
        )
        for alert in found
    ]
    return table(("ALERT", "SEVERITY", "STATE", "BEGAN AT", "TIMES", "SEEN TO", "WHAT"), rows)


def _alert(alert: Alert, now: Now) -> str:
    problem = alert.problem
    sign = RUN_SIGN[RunState.BROKEN] if problem.severity is Severity.CRITICAL else WARNING
    times = f", {alert.times} times" if alert.times > 1 else ""
    what = cut(clean(f"{problem.title}. {problem.what}"), 2 * _PROBLEM)
    return (
        f"{sign} Alert {alert.id} since {now.time(alert.began_at)} ({now.age(alert.began_at)}){times}: {what}"
    )


def _production(seen: Observation | None, now: Now) -> list[str]:
    if seen is None:
        return ["", f"{WARNING} The worker has not told anything yet."]
    silent = now.at - seen.at > WORKER_SILENT
    head = f"{WARNING} The worker is silent; last seen" if silent else "Services, seen"
    lines = ["", f"{head} {now.age(seen.at)}:", *(f"  {_service(service, now)}" for service in seen.services)]
    if not seen.services and not seen.problem:
        lines.append("  no container of the project")
    if seen.problem:
        lines.append(f"  {WARNING} {clean(seen.problem)}")
    room = [
        f"disk {share(seen.disk_free)} free" if seen.disk_free is not None else "",
        f"memory {share(seen.memory_available)} available" if seen.memory_available is not None else "",
    ]
    told = ", ".join(filter(None, room))
    return [*lines, *([f"  {told}"] if told else [])]


def _service(service: ServiceState, now: Now) -> str:
    sign = STAGE_SIGN[StageState.SUCCEEDED if service.well else StageState.FAILED]
    how = (service.health or "running") if service.running else "not running"
    up = f", up since {now.time(service.started_at)}" if service.running and service.started_at else ""
    restarts = f", {service.restarts} restarts" if service.restarts else ""
    return f"{sign} {clean(service.service)}: {clean(how)}{up}{restarts}"


def _active(view: RunView | None, now: Now) -> str:
    if view is None:
        return "No run is under way."
    run = view.run
    at = f" at {view.current.name}" if view.current else ""
    return (
        f"{RUN_SIGN[run.state]} Run {run.id}, {KIND[run.kind].lower()}{at}: {RUN_WORD[run.state].lower()},"
        f" asked {now.age(run.requested_at)} by {clean(run.requested_by)}"
    )


def _short(text: str | None) -> str:
    return cut(clean(text), _TEXT) if text else "-"
