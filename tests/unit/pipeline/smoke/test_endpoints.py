import json
from typing import Any

import pytest

from pipeline.model.checks import Endpoint, SmokeSection
from pipeline.probe import Answer, Unreachable
from pipeline.smoke import CheckResult
from pipeline.smoke.endpoints import judge_entry, judge_health, judge_stats, offers_entry, offers_stats

GONE = Unreachable("connection failed (refused)")
SLOW = Unreachable("no answer within 5 s")
HTML = Answer(200, None, "<html>\n  hello", 3)


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, body, json.dumps(body), 12)


def said(name: str, value: object) -> Endpoint | None:
    """What x-pipeline.smoke says of a check."""
    return getattr(SmokeSection.model_validate({name: value}), name)


@pytest.mark.parametrize("short", [True, "/health", {"path": "/health", "json": "status"}])
@pytest.mark.parametrize(
    ("found", "ok", "figure", "detail"),
    [
        (answer({"status": "ok"}), True, "200 in 12 ms, ok", ""),
        (answer({"status": "healthy"}), True, "200 in 12 ms, healthy", ""),
        (
            answer({"status": "degraded"}),
            False,
            "200 in 12 ms, degraded",
            "The health endpoint says degraded at status.",
        ),
        (answer({}), False, "200 in 12 ms, nothing", "The health endpoint says nothing at status: {}."),
        (
            answer({"status": ["ok"]}),
            False,
            "200 in 12 ms, ['ok']",
            "The health endpoint says ['ok'] at status.",
        ),
        (
            answer({"status": "ok"}, 503),
            False,
            "503 in 12 ms",
            'The health endpoint answered 503: {"status": "ok"}.',
        ),
        (HTML, False, "200 in 3 ms", "The health endpoint did not answer with JSON: <html> hello."),
        (answer([1]), False, "200 in 12 ms, nothing", "The health endpoint says nothing at status: [1]."),
        (GONE, False, "no answer", "The health endpoint gave no answer: connection failed (refused)."),
        (SLOW, False, "no answer", "The health endpoint gave no answer within 5 s."),
    ],
)
def test_health_that_is_asked_for(
    short: object, found: Answer | Unreachable, ok: bool, figure: str, detail: str
) -> None:
    assert judge_health(found, said("health", short)) == CheckResult(
        "health", ok, figure, "200, status is ok or healthy", detail
    )


@pytest.mark.parametrize(
    ("found", "ok", "figure"),
    [
        (HTML, True, "200 in 3 ms"),
        (Answer(204, None, "", 1), True, "204 in 1 ms"),
        (Answer(302, None, "", 1), True, "302 in 1 ms"),
        (answer([1]), True, "200 in 12 ms"),
        (answer({}), True, "200 in 12 ms"),
        (answer({"status": "UP"}), True, "200 in 12 ms, UP"),
        (answer({"status": "pass"}), True, "200 in 12 ms, pass"),
        (answer({"status": True}), True, "200 in 12 ms, true"),
        (answer({"status": 200}), True, "200 in 12 ms, 200"),
        (answer({"status": "down"}), False, "200 in 12 ms, down"),
        (answer({"status": False}), False, "200 in 12 ms, false"),
        (answer({"status": 1}), False, "200 in 12 ms, 1"),
        (answer({"status": None}), False, "200 in 12 ms, nothing"),
        (Answer(401, None, "", 1), False, "401 in 1 ms"),
        (answer({"status": "ok"}, 500), False, "500 in 12 ms"),
        (GONE, False, "no answer"),
    ],
)
def test_health_of_which_nobody_spoke(found: Answer | Unreachable, ok: bool, figure: str) -> None:
    result = judge_health(found)
    assert (result.ok, result.figure, result.limit) == (ok, figure, "2xx or 3xx")


def test_the_front_page_is_called_so() -> None:
    assert judge_health(answer({}, 404), front=True).detail == (
        "The front page (there is no /health) answered 404: {}."
    )


@pytest.mark.parametrize(
    ("wanted", "limit", "fits", "fails"),
    [
        ({"status": [200, 204]}, "200 or 204", Answer(204, None, "", 1), Answer(201, None, "", 1)),
        ({"within_ms": 12}, "200, within 12 ms", answer({}), Answer(200, None, "", 13)),
        (
            {"json": "parts[0].state", "value": ["green", 1]},
            "200, parts[0].state is green or 1",
            answer({"parts": [{"state": 1}]}),
            answer({"parts": [{"state": True}]}),
        ),
        (
            {"json": "up", "value": True},
            "200, up is true",
            answer({"up": True}),
            answer({"up": 1}),
        ),
        ({"path": "/h"}, "200", HTML, answer({"status": "down"})),
        ({}, "200", answer({"status": "up"}), Answer(302, None, "", 1)),
    ],
)
def test_health_as_the_project_wants_it(
    wanted: dict[str, Any], limit: str, fits: Answer, fails: Answer
) -> None:
    good, bad = (judge_health(found, said("health", wanted)) for found in (fits, fails))
    assert (good.ok, good.limit, good.detail) == (True, limit, "")
    assert (bad.ok, bad.limit) == (False, limit)
    assert bad.detail.startswith("The health endpoint ")


def entry(value: object, name: str = "database", status: int = 200) -> Answer:
    return answer({"status": "ok", "checks": {name: value}}, status)


@pytest.mark.parametrize(
    ("found", "ok", "figure", "detail"),
    [
        (entry({"status": "ok"}), True, "ok", ""),
        (entry("ok"), True, "ok", ""),
        (entry({"status": "ok"}, status=503), True, "ok", ""),
        (entry({"status": "degraded"}), False, "degraded", 'The health answer says degraded for "database".'),
        (
            entry({"status": "error", "error": "timed\nout"}),
            False,
            "error",
            'The health answer says error for "database": timed out.',
        ),
        (entry({"status": "disabled"}), False, "disabled", 'The health answer says disabled for "database".'),
        (entry({}), False, "missing", 'The health answer has no entry "database".'),
        (entry({"status": {}}), False, "{}", 'The health answer says {} for "database".'),
        (entry({"status": "ok"}, name="x"), False, "missing", 'The health answer has no entry "database".'),
        (answer({"status": "ok"}), False, "missing", 'The health answer has no entry "database".'),
        (answer({"checks": []}), False, "missing", 'The health answer has no entry "database".'),
        (GONE, False, "no answer", "The health endpoint gave no answer: connection failed (refused)."),
    ],
)
def test_entry(found: Answer | Unreachable, ok: bool, figure: str, detail: str) -> None:
    for wanted in (None, said("database", True)):
        assert judge_entry("database", found, wanted) == CheckResult("database", ok, figure, "ok", detail)


@pytest.mark.parametrize(
    ("found", "offered"),
    [
        (entry("error"), True),
        (entry({}), True),
        (entry("ok", name="x"), False),
        (answer({"status": "ok"}), False),
        (answer({"checks": ["database"]}), False),
        (HTML, False),
        (GONE, True),
    ],
)
def test_an_entry_is_offered_by_its_name(found: Answer | Unreachable, offered: bool) -> None:
    assert offers_entry("database", found) is offered


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (
            {"json": "db.alive", "value": True},
            answer({"db": {"alive": True}}, 503),
            ("503 in 12 ms, true", "db.alive is true", True),
        ),
        (
            {"json": "db.alive", "value": True, "status": 200},
            answer({"db": {"alive": True}}, 503),
            ("503 in 12 ms", "200, db.alive is true", False),
        ),
        ("/database", answer({"status": "ok"}), ("200 in 12 ms, ok", "200", True)),
        ("/database", answer({"status": "ok"}, 500), ("500 in 12 ms", "200", False)),
        ({"status": 200}, entry("ok", status=503), ("503", "ok, 200", False)),
        ({"within_ms": 5}, entry("ok"), ("12 ms", "ok, within 5 ms", False)),
        ({"within_ms": 50}, entry("ok"), ("ok", "ok, within 50 ms", True)),
    ],
)
def test_an_entry_may_lie_elsewhere(wanted: Any, found: Answer, expected: tuple[str, str, bool]) -> None:
    result = judge_entry("database", found, said("database", wanted))
    assert (result.figure, result.limit, result.ok) == expected


def test_disabled_telegram_is_well_and_said() -> None:
    assert judge_entry("telegram", entry({"status": "disabled"}, name="telegram")) == CheckResult(
        "telegram", True, "disabled", "ok or disabled", "The application runs with Telegram disabled."
    )


def stats(**changes: Any) -> Answer:
    return answer({"uptime_seconds": 42.4, "token_budget": {"used": 10, "limit": 100}, **changes})


@pytest.mark.parametrize(
    ("found", "ok", "figure", "detail"),
    [
        (stats(), True, "up 42 s, 10 of 100 tokens", ""),
        (stats(token_budget={"used": 100, "limit": 100}), True, "up 42 s, 100 of 100 tokens", ""),
        (
            stats(token_budget={"used": 101, "limit": 100}),
            False,
            "up 42 s, 101 of 100 tokens",
            "More tokens are used than the budget allows.",
        ),
        (
            stats(uptime_seconds=-1),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "uptime_seconds".',
        ),
        (
            stats(uptime_seconds="1"),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "uptime_seconds".',
        ),
        (
            stats(uptime_seconds=True),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "uptime_seconds".',
        ),
        (
            stats(uptime_seconds=float("nan")),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "uptime_seconds".',
        ),
        (
            stats(token_budget={"used": 1}),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "token_budget.limit".',
        ),
        (
            stats(token_budget=7),
            False,
            "200 in 12 ms",
            'The stats answer has no number from 0 at "token_budget.used".',
        ),
        (answer({}, 404), False, "404 in 12 ms", "The stats endpoint answered 404: {}."),
        (GONE, False, "no answer", "The stats endpoint gave no answer: connection failed (refused)."),
    ],
)
def test_stats(found: Answer | Unreachable, ok: bool, figure: str, detail: str) -> None:
    assert judge_stats(found) == CheckResult("stats", ok, figure, "200, uptime, used ≤ token limit", detail)


def test_other_stats_are_as_the_project_wants_them() -> None:
    assert judge_stats(
        answer({"queue": {"waiting": 0}}), said("stats", {"json": "queue.waiting", "value": 0})
    ) == CheckResult("stats", True, "200 in 12 ms, 0", "200, queue.waiting is 0", "")


@pytest.mark.parametrize(
    ("found", "offered"),
    [
        (stats(), True),
        (answer({"uptime_seconds": "?"}), True),
        (answer({"token_budget": {}}), True),
        (stats(uptime_seconds=None), True),
        (answer({"visitors": 7}), False),
        (HTML, False),
        (answer({"uptime_seconds": 1}, 404), False),
        (Answer(302, None, "", 1), False),
        (Answer(500, None, "", 1), True),
        (GONE, True),
    ],
)
def test_stats_are_offered_where_they_are_ours(found: Answer | Unreachable, offered: bool) -> None:
    assert offers_stats(found) is offered


def test_what_the_application_says_is_cut() -> None:
    detail = judge_health(Answer(500, None, "x" * 5000, 1)).detail
    assert detail == f"The health endpoint answered 500: {'x' * 120}…."
