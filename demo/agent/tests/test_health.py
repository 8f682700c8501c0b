import pytest
from inmemory import Clock

from server_agent.health import Check, CheckStatus, Pulse, report

OK = Check(status="ok")


@pytest.mark.parametrize(
    ("database", "telegram", "status", "code"),
    [
        ("ok", "ok", "ok", 200),
        ("ok", "disabled", "ok", 200),
        ("ok", "degraded", "degraded", 200),
        ("down", "ok", "down", 503),
        ("down", "degraded", "down", 503),
    ],
)
def test_the_whole_from_its_parts(
    database: CheckStatus, telegram: CheckStatus, status: str, code: int
) -> None:
    checks = {"database": Check(status=database, details={"detail": "x"}), "telegram": Check(status=telegram)}
    assert report("1.2", checks) == (
        code,
        {
            "status": status,
            "version": "1.2",
            "checks": {
                "database": {"status": database, "detail": "x"},
                "telegram": {"status": telegram},
            },
        },
    )


def test_a_task_that_has_not_begun_is_not_ok() -> None:
    assert Pulse(Clock(), 10).check() == Check(
        status="degraded", details={"done": 0, "last_beat_seconds": 0.0, "detail": "starting"}
    )


def test_failures_are_counted_until_the_next_success() -> None:
    clock = Clock()
    pulse = Pulse(clock, 10)
    pulse.ok(done=2)
    pulse.failed("first")
    pulse.failed("second")
    clock.seconds += 3
    details = {"done": 2, "last_beat_seconds": 3.0, "failures_in_a_row": 2, "detail": "second"}
    assert pulse.check() == Check(status="degraded", details=details)
    pulse.ok(done=1)
    assert pulse.check() == Check(status="ok", details={"done": 3, "last_beat_seconds": 0.0})


def test_a_pause_is_well_and_says_why() -> None:
    pulse = Pulse(Clock(), 10)
    pulse.paused("no tokens")
    details = {"done": 0, "last_beat_seconds": 0.0, "paused": True, "detail": "no tokens"}
    assert pulse.check() == Check(status="ok", details=details)


def test_silence_degrades() -> None:
    clock = Clock()
    pulse = Pulse(clock, 10)
    pulse.ok()
    clock.seconds += 10
    assert pulse.check().status == "ok"
    clock.seconds += 1
    assert pulse.check() == Check(
        status="degraded",
        details={"done": 0, "last_beat_seconds": 11.0, "detail": "no sign of life for 11 s"},
    )
