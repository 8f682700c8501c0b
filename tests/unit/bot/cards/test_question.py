from __future__ import annotations

import pytest

from bot.callbacks import QuestionTap
from bot.cards.progress import run_card
from bot.cards.question import question_card
from pipeline.model.question import Way
from pipeline.model.states import RunState, StageName, StageState
from tests.unit.bot.samples import after, ended, question, stage, view

FOUND = (
    "The run was cut at <b>migrate</b>. Its container is gone &amp; nobody saw how it ended."
    " Production: app &lt;old&gt; is stopped.\n"
    "\n"
)


def test_a_question_that_waits() -> None:
    card = question_card(question(), view())
    assert card.text == (
        "❓ <b>How shall it go on?</b> · Deploy · server-agent-vnext · run 12\n"
        "\n"
        f"{FOUND}"
        "Answer before 10:30 UTC, within 30 min; silence means: Leave it as it is."
    )
    assert [(row[0].text, row[0].style) for row in card.rows] == [
        ("Migrate again", None),
        ("Roll back", "danger"),
        ("Leave it as it is", None),
    ]
    assert [QuestionTap.unpack(row[0].data) for row in card.rows] == [
        QuestionTap(way=way, nonce="n0nce-of_the-question") for way in (Way.AGAIN, Way.BACK, Way.LEAVE)
    ]


@pytest.mark.parametrize(
    ("changes", "head", "end"),
    [
        (
            {"answer": Way.BACK, "answered_by": "Ada <3 (42)", "answered_at": after(60)},
            "✅ <b>Answered</b>",
            "Ada &lt;3 (42) chose at 10:01 UTC: Roll back.",
        ),
        (
            {"answer": Way.LEAVE, "answered_at": after(1800)},
            "⌛ <b>Nobody answered</b>",
            "Nobody answered until 10:30 UTC, so it was: Leave it as it is.",
        ),
        (
            {"answer": Way.ON, "fallback": Way.ON},
            "⌛ <b>Nobody answered</b>",
            "Nobody answered until 10:30 UTC, so it was: The stage counts as done.",
        ),
    ],
)
def test_a_question_that_has_its_answer(changes: dict[str, object], head: str, end: str) -> None:
    card = question_card(question(**changes), view())
    assert card.text == f"{head} · Deploy · server-agent-vnext · run 12\n\n{FOUND}{end}"
    assert card.rows == ()


def test_a_question_of_a_run_that_ended() -> None:
    card = question_card(question(), ended(state=RunState.FAILED))
    assert card.text == (
        "⚪ <b>No longer asked</b> · Deploy · server-agent-vnext · run 12\n"
        "\n"
        f"{FOUND}"
        "The run ended before anybody answered."
    )
    assert card.rows == ()


def test_the_run_says_that_it_waits() -> None:
    card = run_card(view([stage(StageName.MIGRATE, StageState.RUNNING, 5)]), after(9), asked=question())
    assert card.text == (
        "❓ <b>Waits for your answer</b> · Deploy · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "0 of 1 stages done\n"
        "\n"
        "▶️ migrate\n"
        "\n"
        "It was cut at <b>migrate</b>; how it goes on is for you to say, see the question below."
    )


def test_what_was_found_is_cut_where_it_is_too_long() -> None:
    card = question_card(question(what="x" * 9000), view())
    assert len(card.text) < 4096
    assert "silence means" in card.text
