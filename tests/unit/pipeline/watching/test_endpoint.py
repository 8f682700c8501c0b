"""Answers of API_URL over time, and its certificate. The clock is the test's."""

from datetime import timedelta

import pytest

from pipeline.model.alert import Problem, Severity
from pipeline.probe import Answer, Unreachable
from pipeline.smoke import CheckResult
from pipeline.watching.endpoint import Answered, Asked, Watched, at_rest, watch, watch_certificate
from pipeline.watching.lasting import Memory
from pipeline.watching.sampling import judged
from tests.unit.pipeline.watching.samples import NOW, after

LETTERS = {
    "w": Asked(answered=Answered.WELL),
    "d": Asked(answered=Answered.DEGRADED, problem="The health endpoint says degraded at status."),
    "f": Asked(answered=Answered.FAILING, problem="The health endpoint answered 503: down."),
}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("wwfwwfww", "--------"),
        ("ff", "--"),
        ("fff", "--e"),
        ("wfwfwf", "-----e"),
        ("fffwwfwww", "--eeeeee-"),
        ("ddd", "--d"),
        ("dddfff", "--ddde"),
        ("dffd", "--dd"),
        ("fffddd", "--eeed"),
        ("dddwww", "--ddd-"),
    ],
)
def test_three_of_five_are_told_and_three_good_ones_end_it(answers: str, told: str) -> None:
    watched, seen = Watched(), ""
    for number, letter in enumerate(answers):
        watched, problems = watch(watched, LETTERS[letter], after(15 * number))
        assert len(problems) <= 1
        seen += {"endpoint": "e", "degraded": "d"}[problems[0].fingerprint] if problems else "-"
    assert seen == told


def test_over_a_switch_what_is_told_stays_and_counting_begins_anew() -> None:
    watched = Watched()
    for number in range(3):
        watched, problems = watch(watched, LETTERS["f"], after(number))
    watched = at_rest(watched)
    assert watched.memory.all == problems
    for number in range(2):
        watched, problems = watch(watched, LETTERS["w"], after(60 + number))
    assert len(problems) == 1
    assert watch(watched, LETTERS["w"], after(63))[1] == []


@pytest.mark.parametrize(
    ("answer", "within_ms", "answered"),
    [
        (Unreachable("connection failed"), None, Answered.FAILING),
        (Answer(503, {"status": "degraded"}, "", 5), None, Answered.FAILING),
        (Answer(200, {"status": "down"}, "", 5), None, Answered.FAILING),
        (Answer(200, {"status": "Degraded"}, "", 5), None, Answered.DEGRADED),
        (Answer(200, {"status": "ok"}, "", 900), 500, Answered.DEGRADED),
        (None, None, Answered.FAILING),
    ],
)
def test_what_an_answer_means(
    answer: Answer | Unreachable | None, within_ms: int | None, answered: Answered
) -> None:
    failed = [CheckResult("health", False, "", "", "It is not well.")]
    assert judged(failed, answer, within_ms=within_ms) == Asked(answered=answered, problem="It is not well.")
    assert judged([], answer) == Asked(answered=Answered.WELL)


def test_the_whole_words_of_an_endpoint_that_fails() -> None:
    watched, problems = Watched(), []
    for letter in "wfff":
        watched, problems = watch(watched, LETTERS[letter], NOW)
    assert problems == [
        Problem(
            fingerprint="endpoint",
            severity=Severity.CRITICAL,
            title="The application does not answer",
            what="3 of the last 4 requests to API_URL failed. The health endpoint answered 503: down.",
            production="Its containers may run, but people are not served as they should be.",
            advice="See /status and /logs. /rollback brings an earlier release back.",
        )
    ]


def test_a_certificate_ends_in_three_steps_and_renewed_it_is_over() -> None:
    memory, seen = Memory(), []
    until = NOW + timedelta(days=30)
    for day in (0, 8.9, 9, 20, 27, 29, 30, 31):
        memory, problems = watch_certificate(memory, until, NOW + timedelta(days=day))
        seen.append([(one.title, one.severity.value) for one in problems])
    soon = "The certificate ends soon"
    assert seen == [
        [],
        [],
        [(soon, "warning")],
        [(soon, "warning")],
        [(soon, "critical")],
        [(soon, "critical")],
        [("The certificate has expired", "critical")],
        [("The certificate has expired", "critical")],
    ]
    _, problems = watch_certificate(memory, until + timedelta(days=90), NOW + timedelta(days=31))
    assert problems == []
