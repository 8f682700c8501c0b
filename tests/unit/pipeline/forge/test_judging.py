import pytest

from pipeline.forge.judging import of_check, of_status, together
from pipeline.model.ci import Ci


@pytest.mark.parametrize(
    ("status", "ci"),
    [
        ({"context": "build", "state": "success"}, Ci.PASSED),
        ({"context": "build", "state": "pending"}, Ci.PENDING),
        ({"context": "build", "state": "failure"}, Ci.FAILED),
        ({"context": "build", "state": "error"}, Ci.FAILED),
        ({"context": "vnext/deploy", "state": "failure"}, None),
    ],
)
def test_statuses(status: dict[str, object], ci: Ci | None) -> None:
    assert of_status(status) is ci


@pytest.mark.parametrize(
    ("check", "ci"),
    [
        ({"name": "test", "status": "queued", "conclusion": None}, Ci.PENDING),
        ({"name": "test", "status": "in_progress", "conclusion": None}, Ci.PENDING),
        ({"name": "test", "status": "completed", "conclusion": "success"}, Ci.PASSED),
        ({"name": "test", "status": "completed", "conclusion": "neutral"}, Ci.PASSED),
        ({"name": "test", "status": "completed", "conclusion": "skipped"}, Ci.PASSED),
        ({"name": "test", "status": "completed", "conclusion": "failure"}, Ci.FAILED),
        ({"name": "test", "status": "completed", "conclusion": "cancelled"}, Ci.FAILED),
        ({"name": "test", "status": "completed", "conclusion": "timed_out"}, Ci.FAILED),
        ({"name": "test", "status": "completed", "conclusion": "of the future"}, Ci.FAILED),
        ({"name": "vnext/deploy", "status": "completed", "conclusion": "failure"}, None),
    ],
)
def test_check_runs(check: dict[str, object], ci: Ci | None) -> None:
    assert of_check(check) is ci


def test_together() -> None:
    assert together([]) is None
    assert together([None]) is None
    assert together([Ci.PASSED, None]) is Ci.PASSED
    assert together([Ci.PASSED, Ci.PENDING]) is Ci.PENDING
    assert together([Ci.PASSED, Ci.FAILED, Ci.PENDING]) is Ci.FAILED
