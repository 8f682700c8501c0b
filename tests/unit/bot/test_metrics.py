"""/metrics as Prometheus reads it, and /stats as a document."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from bot.gathering import Counted, Told
from bot.metrics import exposed
from bot.stats import stats
from tests.unit.bot.told import CHAT, SNAPSHOT, away, told

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
_UNITS = ("_seconds", "_bytes", "_ratio", "_timestamp_seconds")


def samples(found: Told) -> dict[tuple[str, tuple[str, ...]], float]:
    body, _ = exposed(found, "")
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in parse(body.decode())
        for sample in family.samples
    }


def test_all_that_is_told() -> None:
    seen = samples(told())
    assert seen["vnext_up", ()] == seen["vnext_journal_up", ()] == 1
    assert seen["vnext_runs_total", ("deploy", "sample", "succeeded")] == 12
    assert seen["vnext_runs_active", ("backup", "sample", "running")] == 1
    assert ("vnext_runs_total", ("backup", "sample", "running")) not in seen
    assert seen["vnext_last_run_duration_seconds", ("deploy", "sample")] == 240
    assert seen["vnext_last_run_succeeded", ("deploy", "sample")] == 0
    assert seen["vnext_stage_duration_seconds_bucket", ("5.0", "sample", "test")] == 0
    assert seen["vnext_stage_duration_seconds_bucket", ("15.0", "sample", "test")] == 1
    assert seen["vnext_stage_duration_seconds_bucket", ("+Inf", "sample", "test")] == 3
    assert seen["vnext_stage_duration_seconds_sum", ("sample", "test")] == 140
    assert seen["vnext_outbox_cards", ("sample",)] == 3
    assert seen["vnext_outbox_oldest_seconds", ("sample",)] == 120
    assert seen["vnext_alerts_open", ("sample", "critical")] == 1
    assert seen["vnext_alerts_open", ("sample", "warning")] == 0
    assert seen["vnext_backup_age_seconds", ("sample",)] == 6 * 3600
    assert seen["vnext_worker_silence_seconds", ("sample",)] == 8
    assert seen["vnext_dora_lead_seconds", ("sample",)] == 86_400
    assert seen["vnext_live_release_info", ('ma"in \\', "abababa", "sample", "7")] == 1
    assert seen["process_resident_memory_bytes", ()] > 0


def test_each_project_is_told_of_by_itself() -> None:
    shop = Counted(
        snapshot=replace(SNAPSHOT, project="shop", paused_since=None), figures=told().counted[0].figures
    )
    found = told(shop)
    seen = samples(found)
    assert [seen["vnext_paused", (project,)] for project in ("sample", "shop")] == [1, 0]
    assert seen["vnext_inbox_updates", ()] == 2
    status, body = stats(found)
    assert status == 200
    assert [project["project"] for project in body["projects"]] == ["sample", "shop"]
    assert body["project"] == "sample"
    assert "projects" not in stats(told())[1]


def test_without_the_journal_what_the_bot_knows_itself_is_told() -> None:
    seen = samples(away())
    assert seen["vnext_up", ()] == 1
    assert seen["vnext_journal_up", ()] == 0
    assert seen["vnext_part_up", ("polling",)] == 0
    assert not [name for name, _ in seen if name.startswith(("vnext_runs", "vnext_dora", "vnext_backup"))]


@pytest.mark.parametrize("found", [told(), away()], ids=["all", "away"])
def test_names_follow_the_rules_of_prometheus(found: Told) -> None:
    body, content_type = exposed(found, OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text")
    families = list(parse_openmetrics(body.decode()))
    plain, content_type = exposed(found, "text/plain")
    assert content_type.startswith("text/plain")
    assert len(list(parse(plain.decode()))) >= len([family for family in families if family.samples])
    own = [family for family in families if family.name.startswith("vnext_")]
    assert len(own) == len({family.name for family in own})
    for family in own:
        assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", family.name)
        assert family.documentation
        assert re.search(r"bytes|seconds|ratio", family.name) is None or family.name.endswith(_UNITS)


def test_labels_are_few_and_no_person_and_no_chat_is_among_them() -> None:
    body, _ = exposed(told(), "")
    text = body.decode()
    names = {name for family in parse(text) for sample in family.samples for name in sample.labels}
    assert names == {
        *("kind", "state", "stage", "severity", "part", "service", "le"),
        *("project", "release", "commit", "branch", "version", "revision"),
    }
    assert str(CHAT) not in text


def test_stats_is_a_document() -> None:
    status, body = stats(told())
    assert (status, json.loads(json.dumps(body))) == (200, body)
    assert body["uptime_seconds"] == 90.0
    assert body["live"]["release"] == 7
    assert body["runs"]["deploy"] == {"reverted": 1, "succeeded": 12}
    assert body["queue"] == {
        "updates": 2,
        "oldest_update_seconds": 30.0,
        "approvals": 1,
        "questions": 0,
        "pushes": 0,
    }
    assert body["outbox"] == {"cards": 3, "oldest_seconds": 120.0}
    assert body["alerts"] == {"critical": 1}
    assert body["token_budget"] == {"used": 5, "limit": 10}
    assert body["dora"]["now"]["lead_time_for_changes"]["median_seconds"] == 86_400.0


def test_stats_without_the_journal() -> None:
    status, body = stats(away())
    assert status == 503
    assert body["problem"] == "the journal is away"
    assert "live" not in body
