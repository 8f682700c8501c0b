"""The other projects of the installation in a few words, below what `status` shows of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.cli.tables import Now, table
from pipeline.model.alert import Alert, Severity
from pipeline.model.release import Observation, Project, Release
from pipeline.model.run import Run
from pipeline.store.store import Store
from pipeline.wording.markup import clean, cut
from pipeline.wording.words import KIND, RUN_WORD, WORKER_SILENT

_TEXT = 60


@dataclass(frozen=True, kw_only=True)
class Other:
    """`project` is None where the journal does not know it yet."""

    name: str
    project: Project | None = None
    live: Release | None = None
    seen: Observation | None = None
    active: Run | None = None
    alerts: Sequence[Alert] = ()


async def others(store: Store, names: Sequence[str]) -> list[Other]:
    found = []
    for name in names:
        project = await store.releases.project_by_name(name)
        if project is None:
            found.append(Other(name=name))
            continue
        live = project.live_release_id
        found.append(
            Other(
                name=name,
                project=project,
                live=await store.releases.get(live) if live else None,
                seen=await store.releases.observation(project.id),
                active=await store.runs.active(project.id),
                alerts=await store.alerts.open(project.id),
            )
        )
    return found


def told(found: Sequence[Other], now: Now) -> str:
    rows = [
        (
            other.name,
            other.live.short_sha if other.live else "nothing yet",
            now.age(other.live.live_since if other.live else None),
            _run(other.active),
            cut(_trouble(other, now), _TEXT),
        )
        for other in found
    ]
    return table(("OTHER PROJECT", "LIVE", "SINCE", "UNDER WAY", "HOW IT IS"), rows)


def _run(run: Run | None) -> str:
    return f"run {run.id}, {KIND[run.kind].lower()}: {RUN_WORD[run.state].lower()}" if run else "-"


def _trouble(other: Other, now: Now) -> str:
    if other.alerts:
        worst = min(other.alerts, key=lambda alert: alert.problem.severity is not Severity.CRITICAL)
        more = f" and {len(other.alerts) - 1} more" if len(other.alerts) > 1 else ""
        return f"{clean(worst.problem.title)}{more}"
    if other.seen is None:
        return "the worker has not told anything yet"
    if now.at - other.seen.at > WORKER_SILENT:
        return f"the worker is silent; last seen {now.age(other.seen.at)}"
    ill = [service.service for service in other.seen.services if not service.well]
    return f"not well: {clean(', '.join(sorted(ill)))}" if ill else "well"
