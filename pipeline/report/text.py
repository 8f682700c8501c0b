"""The report of a run as plain text."""

from __future__ import annotations

from pipeline.model.moment import second
from pipeline.model.release import short_name
from pipeline.model.results import (
    Approved,
    BackedUp,
    Built,
    Checked,
    CheckLine,
    HandedOver,
    Migrated,
    Prepared,
    Proved,
    Pulled,
    Rehearsed,
    Swapped,
    Tested,
    Tried,
)
from pipeline.report.document import Deployment, ReleaseFact, Report, StageReport


def render(report: Report) -> str:
    """Facts first, then the stages with their durations, then why it failed if it did."""
    run, told = report.run, report.summary
    lines = [
        f"Run {run.id}: {run.kind} of {report.project}: {run.state}"
        + ("" if run.exit_code is None else f" (exit code {run.exit_code.value})"),
        f"Asked by {run.requested_by} at {second(run.requested_at)} from {run.source}",
        f"Commit {run.sha or 'not known'}" + (f" on {run.branch}" if run.branch else ""),
    ]
    for stage in report.stages:
        lines += _facts(stage)
    lines += _deployment(told.deployment) if told.deployment else []
    if told.smoke:
        lines += ["", "Smoke", *map(_check, told.smoke)]
    lines += ["", "Stages"]
    lines += [f"  {s.name:<8} {s.state:<10} {_took(s.seconds)}".rstrip() for s in report.stages]
    lines += [f"  {'all':<8} {'':<10} {_took(told.seconds)}"] if told.seconds is not None else []
    if told.downtime_seconds is not None:
        lines.append(f"Without service {_took(told.downtime_seconds)}")
    if run.failure:
        where = f" at {run.failure.stage}" if run.failure.stage else ""
        lines += ["", f"What happened{where}: {run.failure.what}"]
        lines += [f"Production: {run.failure.production}", f"What to do: {run.failure.advice}"]
        if run.failure.log:
            lines += ["", "Last lines", *(f"  {line}" for line in run.failure.log.splitlines())]
    return "\n".join(lines) + "\n"


def _facts(stage: StageReport) -> list[str]:
    match stage.result:
        case Pulled(subject=subject, commit_count=count):
            return [f"Subject {subject}", f"Commits since live {count}"]
        case BackedUp(path=None, note=note):
            return [f"Backup none: {note or 'not known why'}"]
        case BackedUp(path=path, bytes=size, sha256=digest, previous_bytes=before):
            change = "" if before is None else f", {size - before:+} since the one before"
            return [f"Backup {path} ({size} bytes{change}, sha256 {digest})"]
        case Tested(ran=False):
            return ["Tests none declared"]
        case Tested():
            return _tests(stage.result)
        case Built(version=version, bytes=size):
            return [f"Image {version} ({size} bytes)"]
        case Approved(by=by, at=at, despite_freeze=despite, reason=reason):
            freeze = f" despite the freeze{f': {reason}' if reason else ''}" if despite else ""
            return [f"Approved by {by} at {second(at)}{freeze}"]
        case HandedOver(before=before, after=after, stopped=stopped) if before != after:
            halted = f"; {', '.join(stopped)} stopped before" if stopped else ""
            return [f"Journal {before:04} -> {after:04}{halted}"]
        case Rehearsed(ran=True):
            return _rehearsed(stage.result)
        case Rehearsed(note=str(note), hindered=hindered):
            return [f"Rehearsal {'could not be: ' if hindered else 'none: '}{note}"]
        case Migrated(ran=True, before=before, after=after):
            return [f"Schema {before or 'none'} -> {after or 'unknown'}"]
        case Checked(backup_id=number, database=name, taken_at=at):
            return [f"Restores {f'backup {number}' if number else name} of {second(at)}"]
        case Prepared(tables=int(tables), rows=rows):
            return [f"Compared with its manifest: {tables} tables, {rows} rows"]
        case Proved(backup_id=number, tables=tables, rows=rows, note=note):
            proved = f"Backup {number} is proven: {tables} tables, {rows} rows came back as in its manifest"
            return [proved, *([note] if note else [])]
        case Tried():
            return _tried(stage.result)
        case Swapped(database=name, kept_as=kept):
            return [f"Database {name} replaced, kept as {kept}"]
        case _:
            return []


def _rehearsed(found: Rehearsed) -> list[str]:
    moved = f"{found.before or 'none'} -> {found.after or 'none'}"
    return [
        f"Rehearsed on a copy in {_took(found.seconds)}: {moved}",
        *(f"  {path}" for path in found.revisions),
    ]


def _tried(found: Tried) -> list[str]:
    schema = f", schema {found.schema}" if found.schema else ""
    return [
        f"The way back to release {found.release_id} ({found.commit}) works: started in"
        f" {_took(found.start_seconds)} on backup {found.backup_id} of {second(found.taken_at)}{schema}",
        *(f"  {one}" for one in found.cut),
    ]


def _tests(tested: Tested) -> list[str]:
    skipped = f", {tested.skipped} skipped" if tested.skipped else ""
    share = "not measured"
    if tested.coverage is not None:
        limits = [f"threshold {tested.threshold:g} %"] if tested.threshold is not None else []
        limits += [f"live {tested.live_coverage:g} %"] if tested.live_coverage is not None else []
        share = f"{tested.coverage:g} %" + (f" ({', '.join(limits)})" if limits else "")
    suites = ", ".join(f"{name} {count}" for name, count in tested.suites.items())
    return [
        f"Tests {tested.tests - tested.skipped} passed{skipped}, coverage {share}",
        *([f"Suites {suites}"] if suites else []),
        *([f"Coverage pages {tested.coverage_html}"] if tested.coverage_html else []),
        *([tested.note] if tested.note else []),
    ]


def _deployment(told: Deployment) -> list[str]:
    before, goal = (_release(one) for one in (told.before, told.goal))
    now = {"before": before, "goal": goal, None: "not known"}[told.serves]
    return [f"Release from {before} to {goal}, now serves {now}"]


def _release(fact: ReleaseFact | None) -> str:
    return "none" if fact is None else f"{fact.id} ({short_name(fact.sha, fact.images)})"


def _check(check: CheckLine) -> str:
    limit = f" (limit {check.limit})" if check.limit else ""
    return f"  {check.name:<20} {_verdict(check):<6} {check.figure}{limit}".rstrip()


def _verdict(check: CheckLine) -> str:
    if not check.judged:
        return "-"
    return "ok" if check.ok else "failed"


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
