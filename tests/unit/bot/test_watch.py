"""Whether a tip is news, over a journal in memory and a clock that is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.watch import CI_WITHIN, GATHERS, Seen, Step, decide, gathers_since, settled, wants_ci
from pipeline.model.ci import Ci
from pipeline.model.pause import Pause, PauseId
from pipeline.model.push import Mute, PromptId, Push, PushId
from pipeline.model.release import ProjectId
from pipeline.model.run import Run
from pipeline.model.states import PushState, RunKind, RunState
from tests.unit.bot.samples import GOAL, LIVE, START, after, push, run

OLD = "0" * 40


@pytest.mark.parametrize(
    ("newest", "known", "live", "runs", "step"),
    [
        (None, None, None, [], "quiet"),
        (push(sha=GOAL), push(sha=GOAL), LIVE, [], "nothing"),
        (push(sha=OLD), None, LIVE, [], "ask"),
        (push(sha=OLD), None, None, [], "ask"),
        (push(sha=OLD), None, GOAL, [], "quiet"),
        (push(sha=OLD), push(sha=GOAL, state=PushState.SUPERSEDED), LIVE, [], "ask"),
        (push(sha=OLD), push(sha=GOAL, state=PushState.SKIPPED), LIVE, [], "quiet"),
        (push(sha=OLD), push(sha=GOAL, state=PushState.DEPLOYED), LIVE, [], "quiet"),
        (push(sha=OLD), None, LIVE, [run(sha=GOAL)], "quiet"),
        (push(sha=OLD), None, LIVE, [run(sha=GOAL, state=RunState.FAILED)], "quiet"),
        (
            push(sha=OLD),
            None,
            LIVE,
            [run(sha=GOAL, kind=RunKind.ROLLBACK, state=RunState.SUCCEEDED)],
            "ask",
        ),
        (push(sha=OLD), None, LIVE, [run(sha=None)], "wait"),
        (push(sha=OLD), None, LIVE, [run(sha=None, state=RunState.FAILED)], "ask"),
        (push(sha=OLD), None, LIVE, [run(sha=None, kind=RunKind.BACKUP)], "ask"),
    ],
)
def test_whether_a_tip_is_news(
    newest: Push | None, known: Push | None, live: str | None, runs: list[Run], step: Step
) -> None:
    assert decide(Seen(tip=GOAL, newest=newest, known=known, live=live, runs=runs)) == step


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
    seen = Seen(tip=GOAL, newest=newest, known=newest, live=None, runs=runs)
    assert settled(seen) == (runs[0] if answered else None)


class _Journal:
    """What the store does with each step, in memory."""

    def __init__(self) -> None:
        self.pushes: dict[str, Push] = {}
        self.at: str | None = None
        self.asked: list[str] = []

    def look(self, tip: str, live: str | None) -> Step:
        newest = self.pushes[self.at] if self.at else None
        step = decide(Seen(tip=tip, newest=newest, known=self.pushes.get(tip), live=live, runs=[]))
        if step == "nothing":
            return step
        for sha, each in self.pushes.items():
            if each.state is PushState.SEEN:
                self.pushes[sha] = replace(each, state=PushState.SUPERSEDED)
        if step == "ask":
            self.asked.append(tip)
            self.pushes[tip] = push(id=PushId(len(self.pushes) + 1), sha=tip, state=PushState.SEEN)
        elif tip not in self.pushes:
            self.pushes[tip] = push(id=PushId(len(self.pushes) + 1), sha=tip, state=PushState.SKIPPED)
        self.at = tip
        return step

    def answer(self, state: PushState) -> str | None:
        """The push that waits, which there is at most one of."""
        waiting = [sha for sha, each in self.pushes.items() if each.state is PushState.SEEN]
        assert len(waiting) <= 1
        for sha in waiting:
            self.pushes[sha] = replace(self.pushes[sha], state=state)
        return waiting[0] if waiting else None


_TIPS = st.sampled_from("abcde").map(lambda digit: digit * 40)
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("tip"), _TIPS),
        st.tuples(st.just("skip"), st.none()),
        st.tuples(st.just("deploy"), st.none()),
    ),
    max_size=40,
)


@given(_EVENTS)
def test_however_the_branch_moves_no_answer_is_asked_for_twice(events: list[tuple[str, str | None]]) -> None:
    journal, live = _Journal(), None
    answered: set[str | None] = set()
    tip = None
    for event, value in events:
        if event == "tip" and value is not None:
            tip, before = value, len(journal.asked)
            first = journal.at is None
            step = journal.look(tip, live)
            if step == "ask":
                assert tip not in answered
                assert tip != live
                assert not first
            else:
                assert len(journal.asked) == before
            assert journal.at == tip
            assert journal.look(tip, live) == "nothing"
            if tip in answered or tip == live or first:
                assert journal.pushes[tip].state is not PushState.SEEN
        elif event == "skip":
            answered.add(journal.answer(PushState.SKIPPED))
        else:
            deployed = journal.answer(PushState.DEPLOYED)
            answered.add(deployed)
            live = deployed or live
        waiting = [sha for sha, each in journal.pushes.items() if each.state is PushState.SEEN]
        assert waiting in ([], [tip])


def test_a_prompt_moves_on_for_some_hours_and_not_into_a_silence() -> None:
    now = after(3600 * 10)
    assert gathers_since(now, None, None) == now - GATHERS
    pause = Pause(
        id=PauseId(1),
        project_id=ProjectId(1),
        began_at=after(3600 * 9),
        began_by="Ada",
        reason=None,
        ended_at=None,
        ended_by=None,
    )
    mute = Mute(began_at=after(3600 * 5), began_by="Ada", until=None)
    assert gathers_since(now, None, mute) == mute.began_at
    assert gathers_since(now, pause, mute) == pause.began_at
    long_ago = replace(mute, began_at=START - timedelta(days=3))
    assert gathers_since(now, None, long_ago) == now - GATHERS


@pytest.mark.parametrize(
    ("changes", "seconds", "asked"),
    [
        ({}, 60, True),
        ({"ci": Ci.PENDING}, 60, True),
        ({"ci": Ci.PASSED}, 60, False),
        ({"ci": Ci.FAILED}, 60, False),
        ({"state": PushState.SKIPPED}, 60, False),
        ({"prompt": None}, 60, False),
        ({}, CI_WITHIN.total_seconds(), False),
    ],
)
def test_ci_is_asked_for_until_it_ends_or_too_long(changes, seconds, asked) -> None:
    waits = push(**({"prompt": PromptId(8)} | changes))
    assert wants_ci(waits, after(seconds)) is asked
    assert not wants_ci(None, START)
