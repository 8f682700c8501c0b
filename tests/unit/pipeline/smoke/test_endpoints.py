import json
from typing import Any

import pytest

from pipeline.probe import Answer, Unreachable
from pipeline.smoke import CheckResult
from pipeline.smoke.endpoints import judge_entry, judge_health, judge_stats

GONE = Unreachable("connection failed (refused)")
SLOW = Unreachable("no answer within 5 s")


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, body, json.dumps(body), 12)


@pytest.mark.parametrize(
    ("found", "ok", "figure", "detail"),
    [
        (answer({"status": "ok"}), True, "200 in 12 ms, ok", ""),
        (answer({"status": "healthy"}), True, "200 in 12 ms, healthy", ""),
        (
            answer({"status": "degraded"}),
            False,
            "200 in 12 ms, degraded",
            "The health answer says status degraded.",
        ),
        (answer({}), False, "200 in 12 ms, nothing", "The health answer says status nothing."),
        (answer({"status": ["ok"]}), False, "200 in 12 ms, ['ok']", "The health answer says status ['ok']."),
        (
            answer({"status": "ok"}, 503),
            False,
            "503 in 12 ms",
            'The health endpoint answered 503: {"status": "ok"}.',
        ),
        (
            Answer(200, None, "<html>\n  hello", 3),
            False,
            "200 in 3 ms",
            "The health answer is not a JSON object: <html> hello.",
        ),
        (answer([1]), False, "200 in 12 ms", "The health answer is not a JSON object: [1]."),
        (GONE, False, "no answer", "The health endpoint gave no answer: connection failed (refused)."),
        (SLOW, False, "no answer", "The health endpoint gave no answer within 5 s."),
    ],
)
def test_health(found: Answer | Unreachable, ok: bool, figure: str, detail: str) -> None:
    assert judge_health(found) == CheckResult("health", ok, figure, "200, ok", detail)


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
    assert judge_entry("database", found) == CheckResult("database", ok, figure, "ok", detail)


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


def test_what_the_application_says_is_cut() -> None:
    detail = judge_health(Answer(500, None, "x" * 5000, 1)).detail
    assert detail == f"The health endpoint answered 500: {'x' * 120}…."
