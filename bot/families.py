"""Every metric by name: what it is called, what it says, and its values. Pure.

Labels are names of projects and parts, kinds, states, stages and severities, which are few; what serves is
one series a project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from bot.gathering import Counted, Told
from pipeline.model.alert import Severity
from pipeline.model.dora import Dora
from pipeline.model.snapshot import BOUNDS, Kept, Snapshot
from pipeline.model.states import RunState
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
    yield _gauge("vnext_journal_up", "1 where the journal could be read", bool(told.counted))
    yield _gauge("vnext_collect_seconds", "Seconds that this collection took", told.took)
    well = GaugeMetricFamily("vnext_part_up", "1 where a part of the bot is well", labels=["part"])
    parts = {
        "polling": told.health.polling.last,
        "sending": told.health.sending.last,
        "scheduler": told.health.looks,
    }
    for name, check in parts.items():
        well.add_metric([name], check.status == "ok")
    yield well
    looked = told.health.looked_at
    yield _at("vnext_scheduler_last_look_timestamp_seconds", "When each remote was last seen", looked)
    if told.counted:
        found = [counted.snapshot for counted in told.counted]
        yield from _runs(found)
        yield from _waiting(found, told.at)
        yield from _production(found, told.at)
        yield from _backups(found, told.at)
        yield _stages(told.counted)
        yield from _figures(told.counted)


def _runs(found: Sequence[Snapshot]) -> Iterator[Metric]:
    ended = CounterMetricFamily("vnext_runs", "Runs that ended", labels=["project", "kind", "state"])
    active = GaugeMetricFamily("vnext_runs_active", "Runs under way", labels=["project", "kind", "state"])
    labels = ["project", "kind"]
    at = GaugeMetricFamily(
        "vnext_last_run_timestamp_seconds", "When the newest run of a kind ended", labels=labels
    )
    took = GaugeMetricFamily(
        "vnext_last_run_duration_seconds", "How long the newest run of a kind took", labels=labels
    )
    good = GaugeMetricFamily(
        "vnext_last_run_succeeded", "1 where the newest run of a kind went well", labels=labels
    )
    for each in found:
        for (kind, state), count in sorted(each.runs.items()):
            (ended if state.final else active).add_metric([each.project, kind, state], count)
        for run in each.last:
            of = [each.project, run.kind]
            at.add_metric(of, run.at.timestamp())
            took.add_metric(of, run.took.total_seconds())
            good.add_metric(of, run.state is RunState.SUCCEEDED)
    yield from (ended, active, at, took, good)


def _waiting(found: Sequence[Snapshot], now: datetime) -> Iterator[Metric]:
    inbox, of = found[0].waiting, partial(_of_each, found)
    yield _gauge("vnext_inbox_updates", "Telegram updates that wait to be handled", inbox.updates)
    since = _age(inbox.updates_since, now)
    yield _gauge("vnext_inbox_oldest_seconds", "How long the oldest of them waits", since)
    yield of("vnext_approvals_waiting", "Plans that wait for an answer", lambda s: s.waiting.approvals)
    yield of("vnext_questions_waiting", "Questions that wait for an answer", lambda s: s.waiting.questions)
    yield of("vnext_pushes_waiting", "Pushes that wait for an answer", lambda s: s.waiting.pushes)
    yield of("vnext_outbox_cards", "Cards that the home chat was not shown yet", lambda s: s.waiting.cards)
    yield of(
        "vnext_outbox_oldest_seconds",
        "How long the oldest is owed",
        lambda s: _age(s.waiting.cards_since, now),
    )
    alerts = GaugeMetricFamily("vnext_alerts_open", "Open alerts", labels=["project", "severity"])
    for each in found:
        for severity in Severity:
            alerts.add_metric([each.project, severity], each.alerts.get(severity, 0))
    yield alerts


def _production(found: Sequence[Snapshot], now: datetime) -> Iterator[Metric]:
    of = partial(_of_each, found)
    serves = InfoMetricFamily("vnext_live_release", "The release that serves")
    well = GaugeMetricFamily("vnext_service_up", "1 where a service is well", labels=["project", "service"])
    for each in found:
        live, seen = each.live, each.seen
        if live is not None:
            branch = cut(clean(live.branch or ""), 100)
            names = {"release": str(live.release), "commit": short(live.sha), "branch": branch}
            serves.add_metric([], {"project": each.project, **names})
        for service in (seen.services if seen else [])[:_SERVICES]:
            well.add_metric([each.project, cut(clean(service.service), 100)], service.well)
    yield serves
    yield of(
        "vnext_live_timestamp_seconds",
        "Since when it serves",
        lambda s: s.live.since.timestamp() if s.live and s.live.since else None,
    )
    yield of("vnext_paused", "1 during a pause", lambda s: s.paused_since is not None)
    yield of(
        "vnext_worker_silence_seconds",
        "Since when the worker told nothing",
        lambda s: _age(s.seen.at if s.seen else None, now),
    )
    yield well
    machine = found[0].seen
    free, memory = (machine.disk_free, machine.memory_available) if machine else (None, None)
    yield _gauge("vnext_disk_free_ratio", "Share of the disk that is free", free)
    yield _gauge("vnext_memory_available_ratio", "Share of the memory that is available", memory)


def _backups(found: Sequence[Snapshot], now: datetime) -> Iterator[Metric]:
    def of(name: str, says: str, value: Callable[[Kept], float | None]) -> Metric:
        return _of_each(found, name, says, lambda each: value(each.backups))

    yield of("vnext_backups_kept", "Backups whose files are kept", lambda b: b.count)
    yield of("vnext_backups_quarantined", "Kept backups that are not usable", lambda b: b.quarantined)
    yield of("vnext_backups_without_copy", "Kept backups without a copy off site", lambda b: b.uncopied)
    yield of("vnext_backups_bytes", "Size of all kept backups", lambda b: b.bytes)
    yield of("vnext_backup_newest_bytes", "Size of the newest usable backup", lambda b: b.newest_bytes)
    yield of("vnext_backup_age_seconds", "Age of the newest usable backup", lambda b: _age(b.newest_at, now))
    yield of(
        "vnext_backup_proven_age_seconds",
        "Since when no backup was proven",
        lambda b: _age(b.proven_at, now),
    )


def _stages(found: Sequence[Counted]) -> Metric:
    took = HistogramMetricFamily(
        "vnext_stage_duration_seconds", "How long stages of ended runs took", labels=["project", "stage"]
    )
    for counted in found:
        for stage, times in counted.stages.items():
            so_far, buckets = 0, []
            for bound, count in zip([*map(str, BOUNDS), "+Inf"], times.counts, strict=True):
                so_far += count
                buckets.append((bound, so_far))
            took.add_metric([counted.snapshot.project, stage], buckets=buckets, sum_value=times.seconds)
    return took


def _figures(found: Sequence[Counted]) -> Iterator[Metric]:
    def of(name: str, says: str, value: Callable[[Dora], float | timedelta | None]) -> Metric:
        return _labelled(name, says, [(each.snapshot.project, value(each.figures.dora)) for each in found])

    yield of("vnext_dora_deploys", "Deploys that went live within 30 days", lambda d: d.live)
    yield of("vnext_dora_deploys_failed", "Failed changes within 30 days", lambda d: d.failed)
    yield of("vnext_dora_lead_seconds", "Median from commit to live", lambda d: d.lead)
    yield of(
        "vnext_dora_change_failure_ratio", "Failed changes of all, of five or more", lambda d: d.failure_rate
    )
    yield of("vnext_dora_restore_seconds", "Median from failure to the next good state", lambda d: d.restore)
    yield of("vnext_dora_unrestored", "Incidents that are not over", lambda d: d.unrestored)
    trends = [(each.snapshot.project, each.figures.trends) for each in found]
    tests = [(project, each.tests) for project, each in trends]
    yield _labelled("vnext_tests", "Tests of the newest deploy within 30 days", tests)
    covered = [(project, each.coverage and each.coverage / 100) for project, each in trends]
    yield _labelled("vnext_coverage_ratio", "Its coverage", covered)


Value = float | bool | timedelta | None


def _of_each(found: Sequence[Snapshot], name: str, says: str, value: Callable[[Snapshot], Value]) -> Metric:
    return _labelled(name, says, [(each.project, value(each)) for each in found])


def _labelled(name: str, says: str, values: Iterable[tuple[str, Value]]) -> Metric:
    """One sample a project, none where nothing is known."""
    family = GaugeMetricFamily(name, says, labels=["project"])
    for project, value in values:
        if isinstance(value, timedelta):
            family.add_metric([project], value.total_seconds())
        elif value is not None:
            family.add_metric([project], float(value))
    return family


def _gauge(name: str, says: str, value: float | bool | None) -> Metric:
    """Without a sample where nothing is known."""
    family = GaugeMetricFamily(name, says)
    if value is not None:
        family.add_metric([], float(value))
    return family


def _at(name: str, says: str, at: datetime | None) -> Metric:
    return _gauge(name, says, at.timestamp() if at else None)


def _age(at: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - at).total_seconds()) if at else None


def _info(name: str, says: str, **labels: str) -> Metric:
    family = InfoMetricFamily(name, says)
    family.add_metric([], labels)
    return family
