"""The health endpoint of a running agent."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import httpx
import pytest

PARTS = {"database", "telegram", "reactive_worker", "proactive_scheduler"}


def test_health_answers_200_with_json(api: httpx.Client) -> None:
    answer = api.get("/health")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(answer.json(), dict)


def test_health_has_status_version_and_an_entry_for_each_part(api: httpx.Client) -> None:
    body = api.get("/health").json()
    assert body["status"] == "ok"
    assert body["version"]
    assert set(body["checks"]) >= PARTS
    for name in PARTS - {"telegram"}:
        assert body["checks"][name]["status"] == "ok", body["checks"][name]
    assert body["checks"]["telegram"]["status"] in ("ok", "disabled")


def test_the_database_answers(api: httpx.Client, slow_seconds: float) -> None:
    database = api.get("/health").json()["checks"]["database"]
    assert database["status"] == "ok"
    assert 0 <= database["latency_ms"] < slow_seconds * 1000


def test_live_says_that_the_process_is_up(api: httpx.Client) -> None:
    answer = api.get("/live")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_stats_make_sense(api: httpx.Client) -> None:
    first, second = api.get("/stats").json(), api.get("/stats").json()
    messages = first["messages"]
    assert messages["received"] == messages["answered"] + messages["queued"]
    assert 0 <= first["token_budget"]["used"] <= first["token_budget"]["limit"]
    assert first["cycles"] >= 0
    assert second["uptime_seconds"] >= first["uptime_seconds"] > 0


@pytest.mark.parametrize("path", ["/health", "/stats", "/live"])
def test_answers_come_in_time(
    api: httpx.Client, path: str, slow_seconds: float, record_property: Callable[[str, object], None]
) -> None:
    taken = []
    for _ in range(20):
        begin = time.perf_counter()
        assert api.get(path).status_code == 200
        taken.append(time.perf_counter() - begin)
    record_property("median_ms", round(statistics.median(taken) * 1000, 1))
    record_property("slowest_ms", round(max(taken) * 1000, 1))
    assert max(taken) < slow_seconds
