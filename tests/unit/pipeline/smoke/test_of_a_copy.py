"""Which checks lead into a copy, and which answer counts as good although the outside is cut off."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.model.checks import SmokeSection
from pipeline.probe import Answer
from pipeline.smoke.of_a_copy import Door, asked_of_the_copy, but_for_the_outside, door_of

CONFIG: dict[str, Any] = {
    "services": {
        "app": {
            "container_name": "shop_app",
            "ports": [{"target": 8000, "published": "18000"}],
            "networks": {"default": {"aliases": ["api"]}},
        },
        "jobs": {"networks": {"default": None}},
        "bot": {"ports": [{"target": 8080, "published": "8080"}]},
    }
}
COPIED = ("app", "jobs")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://app:8000/health", Door("app", 8000)),
        ("http://api", Door("app", 80)),
        ("https://shop_app/", Door("app", 443)),
        ("http://jobs:9000", Door("jobs", 9000)),
        ("http://127.0.0.1:18000", Door("app", 8000)),
        ("http://localhost:18000", Door("app", 8000)),
        ("http://localhost:8000", None),
        ("http://127.0.0.1:8080", None),
        ("http://bot:8080", None),
        ("https://shop.example", None),
        ("http://app:99999", None),
    ],
)
def test_where_an_address_leads(url: str, found: Door | None) -> None:
    assert door_of(url, CONFIG, COPIED) == found


def test_what_is_asked_of_a_copy() -> None:
    section = SmokeSection.model_validate(
        {
            "health": {"path": "/health", "within_ms": 50},
            "stats": "https://stats.example/",
            "skip": ["proactive_scheduler"],
            "checks": [
                {"name": "notes", "http": "/notes", "within_ms": 100},
                {"name": "shop", "http": "https://shop.example/"},
                {"name": "port", "tcp": "app:8000"},
                {"name": "mail", "tcp": "mail.example:25"},
                {"name": "jobs", "command": ["true"], "service": "jobs", "within_ms": 900},
                {"name": "bot", "command": ["true"], "service": "bot"},
            ],
        }
    )
    asked = asked_of_the_copy(section, "http://app:8000", CONFIG, COPIED)
    assert asked.left == ["telegram", "stats", "resources", "logs", "shop", "mail", "bot"]
    assert asked.without == {"telegram", "stats", "resources", "logs"}
    assert asked.section.health is not None
    assert (asked.section.health.path, asked.section.health.within_ms) == ("/health", None)
    assert [(c.name, c.within_ms) for c in asked.section.checks] == [
        ("notes", None),
        ("port", None),
        ("jobs", 900),
    ]


def test_an_api_that_is_reached_from_elsewhere_is_not_asked() -> None:
    asked = asked_of_the_copy(SmokeSection(), "https://shop.example", CONFIG, COPIED)
    assert asked.left == [
        *("health", "database", "telegram", "reactive_worker", "proactive_scheduler", "stats"),
        *("resources", "logs"),
    ]


def _answer(status: int, said: Any) -> Answer:
    return Answer(status=status, json=said, text_head="", milliseconds=3)


@pytest.mark.parametrize(
    ("checks", "good"),
    [
        ({"telegram": {"status": "down"}, "database": {"status": "ok"}}, True),
        ({"telegram": "down"}, True),
        ({"telegram": {"status": "down"}, "database": {"status": "down"}}, False),
        ({"telegram": {"status": "ok"}, "database": {"status": "down"}}, False),
        ({"telegram": {"status": "ok"}}, False),
        ({"database": {"status": "down"}}, False),
    ],
)
def test_only_the_outside_is_forgiven(checks: dict[str, Any], good: bool) -> None:
    found = but_for_the_outside(_answer(503, {"status": "degraded", "checks": checks}))
    assert (found.status == 200) is good
    assert found.json == {"status": "ok" if good else "degraded", "checks": checks}


def test_an_answer_of_another_kind_stays_as_it_is() -> None:
    for said in (None, [], "down", {"status": "down"}, {"checks": ["telegram"]}):
        assert but_for_the_outside(_answer(503, said)) == _answer(503, said)
