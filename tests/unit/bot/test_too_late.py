"""What a tap is told that changes nothing."""

from __future__ import annotations

import pytest

from bot.answer import Answer
from bot.handlers import again as again_taps
from bot.handlers import plan as plan_taps
from bot.handlers import push as push_taps
from bot.handlers import question as question_taps
from bot.health import Check, report
from bot.requests import refused_tap
from bot.version import versions
from pipeline.going_back import CannotGoBack
from pipeline.model.plan import Approval
from pipeline.model.question import Question, Way
from pipeline.model.states import ApprovalState, PushState, RunState
from pipeline.version import own_version
from tests.unit.bot.samples import LIVE, START, after, approval, push, question, run

AGAIN = "Ask again with /deploy."


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, f"This plan is not known. {AGAIN}"),
        (
            approval(state=ApprovalState.APPROVED, answered_by="Ada (42)", answered_at=after(60)),
            "Approved already by Ada (42) at 10:01 UTC.",
        ),
        (
            approval(state=ApprovalState.REJECTED, answered_by="Ada (42)", answered_at=after(60)),
            "Rejected already by Ada (42) at 10:01 UTC.",
        ),
        (
            approval(state=ApprovalState.VOIDED, what_changed="An image is gone: that of app (1a2b)."),
            f"This plan is void. An image is gone: that of app (1a2b). {AGAIN}",
        ),
        (
            approval(state=ApprovalState.SUPERSEDED, what_changed="Branch main moved: from 1 to 2."),
            "This plan is superseded. Branch main moved: from 1 to 2.",
        ),
        (approval(state=ApprovalState.EXPIRED), f"This plan expired at 10:30 UTC. {AGAIN}"),
        (approval(expires_at=START), f"This plan expired at 10:00 UTC. {AGAIN}"),
        (approval(), "That did not arrive. Please tap once more."),
    ],
)
def test_on_a_plan(found: Approval | None, said: str) -> None:
    assert plan_taps.too_late(found, after(61)) == said


@pytest.mark.parametrize(
    ("found", "ended", "said"),
    [
        (None, False, "This question is not known. /status shows what runs."),
        (
            question(answer=Way.BACK, answered_by="Ada (42)", answered_at=after(60)),
            False,
            "Answered already by Ada (42) at 10:01 UTC: Roll back.",
        ),
        (
            question(answer=Way.LEAVE, answered_at=after(1800)),
            False,
            "Too late: nobody answered until 10:30 UTC. That means: Leave it as it is.",
        ),
        (
            question(expires_at=after(30)),
            False,
            "Too late: nobody answered until 10:00 UTC. That means: Leave it as it is.",
        ),
        (question(), True, "The run has ended meanwhile. /status shows what serves."),
        (question(), False, "That did not arrive. Please tap once more."),
    ],
)
def test_on_a_question(found: Question | None, ended: bool, said: str) -> None:
    assert question_taps.too_late(found, after(61), ended=ended) == said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (RunState.SUCCEEDED, "Asked for already: run 12, which has ended. /deploy asks anew."),
        (RunState.FAILED, "Asked for already: run 12, which has ended. /deploy asks anew."),
    ],
)
def test_on_a_result_whose_button_was_used(state: RunState, said: str) -> None:
    assert again_taps.used_up(run(state=state)) == Answer(toast=said, alert=True, run=12)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PushState.SEEN, "That did not arrive. Please tap once more."),
        (PushState.DEPLOYED, "Deployed already: run 12."),
        (PushState.SKIPPED, "Skipped already. /deploy deploys it all the same."),
        (
            PushState.SUPERSEDED,
            "Nothing done: that was 9f8e7d6, and a newer push took its place. The branch is at 1a2b3c4 now.",
        ),
    ],
)
def test_on_a_push(state: PushState, said: str) -> None:
    assert push_taps.too_late(push(state=state, run_id=12), LIVE) == said


def test_a_refusal_without_a_run_in_the_way() -> None:
    answer = refused_tap(CannotGoBack("There is no previous release to go back to.", advice=""))
    assert (answer.toast, answer.alert) == ("Not started: There is no previous release to go back to.", True)


@pytest.mark.parametrize(
    ("database", "telegram", "code", "overall"),
    [("ok", "ok", 200, "ok"), ("ok", "degraded", 200, "degraded"), ("down", "ok", 503, "down")],
)
def test_health_is_as_bad_as_its_worst_check(database, telegram, code, overall) -> None:
    checks = {"database": Check(status=database), "telegram": Check(status=telegram, detail="away")}
    assert report(checks) == (
        code,
        {
            "status": overall,
            "version": own_version(),
            "revision": "unknown",
            "versions": versions(),
            "worker": None,
            "checks": {"database": {"status": database}, "telegram": {"status": telegram, "detail": "away"}},
        },
    )
