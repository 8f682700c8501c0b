"""Figures read from the journal, and as one JSON document; for chat, endpoints and command line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pipeline.model.compared import Figures, figures
from pipeline.model.dora import PERIOD, Dora
from pipeline.model.release import ProjectId
from pipeline.model.trends import Trends
from pipeline.store.figures import Figures as Journal


async def read(journal: Journal, project: ProjectId, now: datetime) -> Figures:
    since = now - 2 * PERIOD
    return figures(await journal.past(project, since, commits_since=since), now)


def as_json(found: Figures) -> dict[str, Any]:
    """One document; docs/metrics.md tells its fields. What is not known is null."""
    return {
        "now": _period(found.dora, found.trends),
        "before": _period(found.dora_before, found.trends_before)
        if found.dora_before and found.trends_before
        else None,
    }


def _period(dora: Dora, found: Trends) -> dict[str, Any]:
    return {
        "since": dora.since.isoformat(),
        "until": dora.until.isoformat(),
        "covered_seconds": dora.covered.total_seconds(),
        "deployment_frequency": {"live": dora.live, "per_week": _rounded(dora.per_week)},
        "lead_time_for_changes": {
            "median_seconds": _seconds(dora.lead),
            "commits": dora.commits,
            "untimed_deploys": dora.untimed,
        },
        "change_failure_rate": {
            "rate": _rounded(dora.failure_rate),
            "failed": dora.failed,
            "reached_production": dora.reached,
        },
        "time_to_restore": {
            "median_seconds": _seconds(dora.restore),
            "longest_seconds": _seconds(dora.longest),
            "restored": dora.incidents,
            "not_restored": dora.unrestored,
        },
        "trends": {
            "stage_seconds": {str(stage): _rounded(seconds) for stage, seconds in found.stages.items()},
            "work_seconds": _rounded(found.work),
            "down_seconds": _rounded(found.down),
            "tests": found.tests,
            "coverage_percent": _rounded(found.coverage),
            "backup_bytes": found.backup,
        },
    }


def _seconds(taken: timedelta | None) -> float | None:
    return None if taken is None else round(taken.total_seconds(), 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
