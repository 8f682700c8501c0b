"""Every metric by name: what it is called, what it says, and its values. Pure.

Labels are kinds, states, stages, severities and names of parts, which are few; what serves is one series.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from bot.gathering import Told
from pipeline.model.alert import Severity
from pipeline.model.compared import Figures
from pipeline.model.snapshot import BOUNDS, Snapshot, StageTimes
from pipeline.model.states import RunState, StageName
from pipeline.version import UNKNOWN, own_version, revision
from pipeline.wording.markup import clean, cut
from pipeline.wording.words import short

_SERVICES = 50


def families(told: Told) -> Iterator[Metric]:
    yield _info(
        "vnext_build",
        "Version of the controller, and the commit of its image",
        version=own_version(),
        revision=revision() or UNKNOWN,
    )
    yield _gauge("vnext_up", "1 as long as the bot answers", 1)
    yield _gauge("vnext_uptime_seconds", "Seconds since the bot started", told.uptime)
    yield _gauge("vnext_journal_up", "1 where the journal could be read", told.journal is not None)
    yield _gauge("vnext_collect_seconds", "Seconds that this collection took", told.took)
    well = GaugeMetricFamily("vnext_part_up", "1 where a part of the bot is well", labels=["part"])
    parts = {
        "polling": told.health.polling.last,
        "sending": told.health.sending.last,
        "scheduler": told.health.scheduler.last,
    }
    for name, check in parts.items():
        well.add_metric([name], check.status == "ok")
    yield well
    looked = told.health.scheduler.well_at
    yield _at("vnext_scheduler_last_look_timestamp_seconds", "When the remote was last seen", looked)
    if told.journal is not None:
        yield from _runs(told.journal)
        yield from _waiting(told.journal, told.at)
        yield from _production(told.journal, told.at)
        yield from _backups(told.journal, told.at)
        yield _stages(told.stages)
    if told.figures is not None:
        yield from _figures(told.figures)


def _runs(found: Snapshot) -> Iterator[Metric]:
    ended = CounterMetricFamily("vnext_runs", "Runs that ended", labels=["kind", "state"])
    active = GaugeMetricFamily("vnext_runs_active", "Runs under way", labels=["kind", "state"])
    for (kind, state), count in sorted(found.runs.items()):
        (ended if state.final else active).add_metric([kind, state], count)
    yield ended
    yield active
    at = GaugeMetricFamily(
        "vnext_last_run_timestamp_seconds", "When the newest run of a kind ended", labels=["kind"]
    )
    took = GaugeMetricFamily(
        "vnext_last_run_duration_seconds", "How long the newest run of a kind took", labels=["kind"]
    )
    good = GaugeMetricFamily(
        "vnext_last_run_succeeded", "1 where the newest run of a kind went well", labels=["kind"]
    )
    for run in found.last:
        at.add_metric([run.kind], run.at.timestamp())
        took.add_metric([run.kind], run.took.total_seconds())
        good.add_metric([run.kind], run.state is RunState.SUCCEEDED)
    yield from (at, took, good)


def _waiting(found: Snapshot, now: datetime) -> Iterator[Metric]:
    waiting = found.waiting
    yield _gauge("vnext_inbox_updates", "Telegram updates that wait to be handled", waiting.updates)
    yield _age("vnext_inbox_oldest_seconds", "How long the oldest of them waits", waiting.updates_since, now)
    yield _gauge("vnext_approvals_waiting", "Plans that wait for an answer", waiting.approvals)
    yield _gauge("vnext_questions_waiting", "Questions that wait for an answer", waiting.questions)
    yield _gauge("vnext_pushes_waiting", "Pushes that wait for an answer", waiting.pushes)
    yield _gauge("vnext_outbox_cards", "Cards that the home chat was not shown yet", waiting.cards)
    yield _age("vnext_outbox_oldest_seconds", "How long the oldest is owed", waiting.cards_since, now)
    alerts = GaugeMetricFamily("vnext_alerts_open", "Open alerts", labels=["severity"])
    for severity in Severity:
        alerts.add_metric([severity], found.alerts.get(severity, 0))
    yield alerts


def _production(found: Snapshot, now: datetime) -> Iterator[Metric]:
    live, seen = found.live, found.seen
    if live is not None:
        yield _info(
            "vnext_live_release",
            "The release that serves",
            project=found.project,
            release=str(live.release),
            commit=short(live.sha),
            branch=cut(clean(live.branch or ""), 100),
        )
    yield _at("vnext_live_timestamp_seconds", "Since when it serves", live.since if live else None)
    yield _gauge("vnext_paused", "1 during a pause", found.paused_since is not None)
    told_at = seen.at if seen else None
    yield _age("vnext_worker_silence_seconds", "Since when the worker told nothing", told_at, now)
    well = GaugeMetricFamily("vnext_service_up", "1 where a service is well", labels=["service"])
    for service in (seen.services if seen else [])[:_SERVICES]:
        well.add_metric([cut(clean(service.service), 100)], service.well)
    yield well
    disk, memory = (seen.disk_free, seen.memory_available) if seen else (None, None)
    yield _gauge("vnext_disk_free_ratio", "Share of the disk that is free", disk)
    yield _gauge("vnext_memory_available_ratio", "Share of the memory that is available", memory)


def _backups(found: Snapshot, now: datetime) -> Iterator[Metric]:
    kept = found.backups
    yield _gauge("vnext_backups_kept", "Backups whose files are kept", kept.count)
    yield _gauge("vnext_backups_quarantined", "Kept backups that are not usable", kept.quarantined)
    yield _gauge("vnext_backups_without_copy", "Kept backups without a copy off site", kept.uncopied)
    yield _gauge("vnext_backups_bytes", "Size of all kept backups", kept.bytes)
    yield _gauge("vnext_backup_newest_bytes", "Size of the newest usable backup", kept.newest_bytes)
    yield _age("vnext_backup_age_seconds", "Age of the newest usable backup", kept.newest_at, now)
    yield _age("vnext_backup_proven_age_seconds", "Since when no backup was proven", kept.proven_at, now)


def _stages(stages: dict[StageName, StageTimes]) -> Metric:
    took = HistogramMetricFamily(
        "vnext_stage_duration_seconds", "How long stages of ended runs took", labels=["stage"]
    )
    for stage, times in stages.items():
        so_far, buckets = 0, []
        for bound, count in zip([*map(str, BOUNDS), "+Inf"], times.counts, strict=True):
            so_far += count
            buckets.append((bound, so_far))
        took.add_metric([stage], buckets=buckets, sum_value=times.seconds)
    return took


def _figures(found: Figures) -> Iterator[Metric]:
    dora = found.dora
    yield _gauge("vnext_dora_deploys", "Deploys that went live within 30 days", dora.live)
    yield _gauge("vnext_dora_deploys_failed", "Failed changes within 30 days", dora.failed)
    yield _took("vnext_dora_lead_seconds", "Median from commit to live", dora.lead)
    rate = dora.failure_rate
    yield _gauge("vnext_dora_change_failure_ratio", "Failed changes of all, of five or more", rate)
    yield _took("vnext_dora_restore_seconds", "Median from failure to the next good state", dora.restore)
    yield _gauge("vnext_dora_unrestored", "Incidents that are not over", dora.unrestored)
    yield _gauge("vnext_tests", "Tests of the newest deploy within 30 days", found.trends.tests)
    coverage = found.trends.coverage
    yield _gauge("vnext_coverage_ratio", "Its coverage", None if coverage is None else coverage / 100)


def _gauge(name: str, says: str, value: float | bool | None) -> Metric:
    """Without a sample where nothing is known."""
    family = GaugeMetricFamily(name, says)
    if value is not None:
        family.add_metric([], float(value))
    return family


def _at(name: str, says: str, at: datetime | None) -> Metric:
    return _gauge(name, says, at.timestamp() if at else None)


def _age(name: str, says: str, at: datetime | None, now: datetime) -> Metric:
    return _gauge(name, says, max(0.0, (now - at).total_seconds()) if at else None)


def _took(name: str, says: str, taken: timedelta | None) -> Metric:
    return _gauge(name, says, None if taken is None else taken.total_seconds())


def _info(name: str, says: str, **labels: str) -> Metric:
    family = InfoMetricFamily(name, says)
    family.add_metric([], labels)
    return family
