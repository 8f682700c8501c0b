"""How far a test run is, from what pytest 9 really prints."""

import pytest

from pipeline.stages.counting import Counting

HEAD = ["============ test session starts ============", "platform linux -- Python 3.11.7, pytest-9.2.0"]


def told(*lines: str) -> list[str]:
    counting = Counting()
    return [shown for line in lines if (shown := counting.read(line))]


def test_plain() -> None:
    assert told(
        *HEAD,
        "collected 15 items",
        "",
        "test_a.py ....F.....                                                     [ 66%]",
        "test_b.py sx...                                                          [100%]",
        "FAILED test_a.py::test_n[4] - assert 4 != 4",
        "========= 1 failed, 12 passed, 1 skipped, 1 xfailed in 0.62s ==========",
    ) == ["10 of 15 tests", "15 of 15 tests"]


def test_a_long_file_goes_on_in_the_next_line() -> None:
    assert told(
        "collected 100 items",
        "tests/test_long.py ..................................................... [ 53%]",
        "...............................................                          [100%]",
    ) == ["53 of 100 tests", "100 of 100 tests"]


def test_quiet_says_no_total_so_the_percentage_stays() -> None:
    assert told(
        "........................................................................ [ 72%]",
        "............................                                             [100%]",
        "100 passed in 0.49s",
    ) == ["72 % of the tests", "100 % of the tests"]


def test_an_error_after_a_test_is_not_counted_as_another_test() -> None:
    assert told(
        "collected 15 items",
        "test_a.py ....F.....E                                                    [ 66%]",
        "test_b.py sx...                                                          [100%]",
    ) == ["66 % of the tests", "100 % of the tests"]
    assert told(
        "collecting ... collected 3 items",
        "test_a.py::test_n[8] PASSED                                              [ 33%]",
        "test_a.py::test_teardown PASSED                                          [ 66%]",
        "test_a.py::test_teardown ERROR                                           [ 66%]",
        "test_b.py::test_s SKIPPED (no)                                           [100%]",
    ) == ["1 of 3 tests", "2 of 3 tests", "2 of 3 tests", "3 of 3 tests"]


def test_verbose_with_deselected_ones_and_blanks_in_names() -> None:
    assert told(
        "collecting ... collected 15 items / 13 deselected / 2 selected",
        "",
        "test_b.py::TestC::test_p[a b] PASSED                                     [ 50%]",
        "test_b.py::TestC::test_p[c] XFAIL                                        [100%]",
    ) == ["1 of 2 tests", "2 of 2 tests"]


def test_with_workers() -> None:
    assert told(
        "created: 2/2 workers",
        "2 workers [15 items]",
        "scheduling tests via LoadScheduling",
        "test_a.py::test_n[0] ",
        "test_a.py::test_n[2] ",
        "[gw0] [  6%] PASSED test_a.py::test_n[0] ",
        "[gw1] [ 13%] FAILED test_a.py::test_n[2] ",
    ) == ["1 of 15 tests", "2 of 15 tests"]
    assert told("2 workers [15 items]", "........F.x..s.                                       [100%]") == [
        "15 of 15 tests"
    ]


def test_counted_by_pytest_itself() -> None:
    assert told(
        "collected 15 items",
        "test_a.py ....F.....E                                                   [10/15]",
        "test_b.py sx...                                                         [15/15]",
    ) == ["10 of 15 tests", "15 of 15 tests"]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["collected 10 items", "tests/a.py ..R. [ 30%]", "tests/b.py .. [ 50%]"], ["30 %", "50 %"]),
        (["collected 10 items", "a.py::t PASSED [ 30%]", "a.py::u PASSED [ 40%]"], ["30 %", "40 %"]),
        (["collected 10 items", "a.py::t PASSED [ 10%]", "a.py .. [ 30%]"], ["1 of 10", "30 %"]),
        (["collected 0 items", "odd [ 50%]"], ["50 %"]),
        (["step [3/8] done", "Step [3/8]"], []),
        (["collected 9 items", "[3/8]"], []),
        (["ok 1 - a test", "PASS src/a.test.js", "[250%]", ""], []),
        (["[ 40%] Building CXX object"], ["40 %"]),
    ],
)
def test_what_is_not_sure_is_not_counted(lines: list[str], shown: list[str]) -> None:
    assert told(*lines) == [f"{one} {'of the ' if '%' in one else ''}tests" for one in shown]


def test_a_second_session_begins_anew() -> None:
    assert told(
        "collected 2 items", "a.py .. [100%]", "collected 4 items", "b.py . [ 25%]", "c.py ... [100%]"
    ) == ["2 of 2 tests", "1 of 4 tests", "4 of 4 tests"]


def test_what_was_told_last_stays_until_another_session_begins() -> None:
    counting, seen = Counting(), []
    for line in ("collected 2 items", "a.py . [ 50%]", "a line", "a.py . [100%]", "collected 0 items", "x"):
        counting.read(line)
        seen.append(counting.far)
    assert seen == ["0 of 2 tests", "1 of 2 tests", "1 of 2 tests", "2 of 2 tests", None, None]
