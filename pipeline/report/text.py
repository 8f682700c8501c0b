"""The report of a run as plain text."""

from __future__ import annotations

from datetime import timedelta

from pipeline.model.results import Approved, BackedUp, Built, Migrated, Pulled, Smoked, Tested
from pipeline.model.run import RunView, StageRow
from pipeline.model.states import StageName


def render(view: RunView) -> str:
    """Facts first, then the stages with their durations, then why it failed if it did."""
    run = view.run
    lines = [
        f"Run {run.id}: {run.kind} of {view.project}: {run.state}"
        + ("" if run.exit_code is None else f" (exit code {run.exit_code.value})"),
        f"Asked by {run.requested_by} at {run.requested_at:%Y-%m-%d %H:%M:%S} UTC from {run.source}",
        f"Commit {run.sha or 'not known'}" + (f" on {run.branch}" if run.branch else ""),
    ]
    for stage in view.stages:
        lines += _facts(stage)
    lines += ["", "Stages"]
    lines += [f"  {s.name:<8} {s.state:<10} {_took(s.took)}".rstrip() for s in view.stages]
    if run.failure:
        where = f" at {run.failure.stage}" if run.failure.stage else ""
        lines += ["", f"What happened{where}: {run.failure.what}"]
        lines += [f"Production: {run.failure.production}", f"What to do: {run.failure.advice}"]
        if run.failure.log:
            lines += ["", "Last lines", *(f"  {line}" for line in run.failure.log.splitlines())]
    return "\n".join(lines) + "\n"


def _facts(stage: StageRow) -> list[str]:
    match stage.result:
        case Pulled(subject=subject, commit_count=count):
            return [f"Subject {subject}", f"Commits since live {count}"]
        case BackedUp(path=path, bytes=size, sha256=digest):
            return [f"Backup {path} ({size} bytes, sha256 {digest})"]
        case Tested(ran=False):
            return ["Tests none declared"]
        case Tested(tests=tests, coverage=coverage, threshold=threshold):
            share = "not measured" if coverage is None else f"{coverage:g} % (threshold {threshold:g} %)"
            return [f"Tests {tests} passed, coverage {share}"]
        case Built(version=version, bytes=size):
            return [f"Image {version} ({size} bytes)"]
        case Approved(by=by, at=at):
            return [f"Approved by {by} at {at:%Y-%m-%d %H:%M:%S} UTC"]
        case Migrated(ran=True, before=before, after=after):
            return [f"Schema {before or 'none'} -> {after or 'unknown'}"]
        case Smoked(checks=checks) if stage.name is StageName.SMOKE:
            return ["Smoke " + ", ".join(f"{c.name} {'ok' if c.ok else 'failed'}" for c in checks)]
        case _:
            return []


def _took(took: timedelta | None) -> str:
    return "" if took is None else f"{took.total_seconds():.1f} s"
