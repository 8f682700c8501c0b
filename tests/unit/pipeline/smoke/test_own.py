import pytest

from pipeline.model.checks import OwnCheck
from pipeline.probe import Connected, Unreachable
from pipeline.smoke import CheckResult, Ran
from pipeline.smoke.own import judge_command, judge_connection

QUEUE = OwnCheck(name="queue", tcp="queue:6379")
QUICK = OwnCheck(name="queue", tcp="queue:6379", within_ms=5)
DISK = OwnCheck(name="disk", command=("df",))
SHORT = OwnCheck(name="disk", command=("df",), within_ms=500)


@pytest.mark.parametrize(
    ("check", "found", "expected"),
    [
        (QUEUE, Connected(7), CheckResult("queue", True, "connected in 7 ms", "accepts", "")),
        (QUICK, Connected(5), CheckResult("queue", True, "connected in 5 ms", "accepts, within 5 ms", "")),
        (
            QUICK,
            Connected(6),
            CheckResult(
                *("queue", False, "connected in 6 ms", "accepts, within 5 ms"),
                "queue:6379 took 6 ms; allowed are 5.",
            ),
        ),
        (
            QUEUE,
            Unreachable("connection failed (refused)"),
            CheckResult(
                "queue", False, "no connection", "accepts", "queue:6379: connection failed (refused)."
            ),
        ),
    ],
)
def test_a_connection(check: OwnCheck, found: Connected | Unreachable, expected: CheckResult) -> None:
    assert judge_connection(check, found) == expected


@pytest.mark.parametrize(
    ("check", "ran", "ok", "figure", "detail"),
    [
        (DISK, Ran(0, 12, "fine"), True, "exit code 0 in 12 ms", ""),
        (
            DISK,
            Ran(3, 12, "no room\non it"),
            False,
            "exit code 3 in 12 ms",
            "The command ended with exit code 3. Its last line: no room on it.",
        ),
        (DISK, Ran(1, 12, ""), False, "exit code 1 in 12 ms", "The command ended with exit code 1."),
        (
            SHORT,
            Ran(None, 1003, ""),
            False,
            "stopped after 1003 ms",
            "The command did not end in time and was stopped.",
        ),
        (
            SHORT,
            Ran(0, 501, ""),
            False,
            "exit code 0 in 501 ms",
            "The command took 501 ms; allowed are 500.",
        ),
    ],
)
def test_a_command(check: OwnCheck, ran: Ran, ok: bool, figure: str, detail: str) -> None:
    limit = f"exit code 0, within {check.within_ms or 10_000} ms"
    assert judge_command(check, ran) == CheckResult("disk", ok, figure, limit, detail)


def test_a_target_may_be_an_address_of_ipv6() -> None:
    assert OwnCheck(name="x", tcp="[::1]:80").target == ("::1", 80)
