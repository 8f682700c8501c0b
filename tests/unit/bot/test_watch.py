from __future__ import annotations

import pytest

from bot.watch import Seen, Step, decide, settled
from pipeline.model.push import Push
from pipeline.model.run import Run
from pipeline.model.states import PushState, RunKind, RunState
from tests.unit.bot.samples import GOAL, LIVE, push, run

OLD = "0" * 40


@pytest.mark.parametrize(
    ("newest", "live", "runs", "step"),
    [
        (None, None, [], "quiet"),
        (push(sha=GOAL), LIVE, [], "nothing"),
        (push(sha=OLD), LIVE, [], "ask"),
        (push(sha=OLD), None, [], "ask"),
        (push(sha=OLD), GOAL, [], "quiet"),
        (push(sha=OLD), LIVE, [run(sha=GOAL)], "quiet"),
        (push(sha=OLD), LIVE, [run(sha=GOAL, state=RunState.FAILED)], "quiet"),
        (push(sha=OLD), LIVE, [run(sha=GOAL, kind=RunKind.ROLLBACK, state=RunState.SUCCEEDED)], "ask"),
        (push(sha=OLD), LIVE, [run(sha=None)], "wait"),
        (push(sha=OLD), LIVE, [run(sha=None, state=RunState.FAILED)], "ask"),
        (push(sha=OLD), LIVE, [run(sha=None, kind=RunKind.BACKUP)], "ask"),
    ],
)
def test_whether_a_tip_is_news(newest: Push | None, live: str | None, runs: list[Run], step: Step) -> None:
    assert decide(Seen(tip=GOAL, newest=newest, live=live, runs=runs)) == step


@pytest.mark.parametrize(
    ("newest", "runs", "answered"),
    [
        (push(sha=GOAL), [run(sha=GOAL)], True),
        (push(sha=GOAL), [run(sha=GOAL, state=RunState.SUCCEEDED)], True),
        (push(sha=GOAL), [run(sha=GOAL, state=RunState.FAILED)], False),
        (push(sha=GOAL), [run(sha=OLD)], False),
        (push(sha=GOAL, state=PushState.SKIPPED), [run(sha=GOAL)], False),
        (None, [run(sha=GOAL)], False),
    ],
)
def test_which_run_answers_a_push(newest: Push | None, runs: list[Run], answered: bool) -> None:
    assert settled(Seen(tip=GOAL, newest=newest, live=None, runs=runs)) == (runs[0] if answered else None)
