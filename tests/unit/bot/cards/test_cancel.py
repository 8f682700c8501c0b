from __future__ import annotations

import pytest

from bot.callbacks import CancelTap
from bot.cards.cancel import (
    can_be_cancelled,
    cancel_rows,
    cancelled_card,
    goes_on_card,
    not_cancelled_card,
    sure_card,
)
from bot.cards.progress import run_card
from pipeline.model.errors import TooLateToCancel
from pipeline.model.run import Cancellation, Run
from pipeline.model.states import RunState, StageName, StageState
from tests.unit.bot.samples import after, run, stage, view


@pytest.mark.parametrize(
    ("one", "can"),
    [
        (run(), True),
        (run(state=RunState.REQUESTED), True),
        (run(state=RunState.AWAITING), True),
        (run(switching_at=after(60)), False),
        (run(state=RunState.REVERTING, switching_at=after(60)), False),
        (run(cancelled_by="Ada (42)"), False),
        (run(state=RunState.SUCCEEDED), False),
    ],
)
def test_the_button_stands_there_until_production_is_touched(one: Run, can: bool) -> None:
    assert can_be_cancelled(one) == can
    found = [CancelTap.unpack(button.data) for row in cancel_rows(one) for button in row]
    assert found == ([CancelTap(run=12)] if can else [])


def test_it_asks_once_more() -> None:
    card = sure_card(run())
    assert card.text == (
        "⚠️ <b>Really cancel run 12?</b> Deploy, asked for by Ada (42) at 10:00 UTC.\n"
        "What it has begun is ended. Production has not been touched and keeps serving as it does."
    )
    ((yes, no),) = card.rows
    assert (yes.text, CancelTap.unpack(yes.data)) == ("Cancel run 12", CancelTap(run=12, sure=True))
    assert (no.text, CancelTap.unpack(no.data)) == ("Let it go on", CancelTap(run=12, keep=True))
    assert goes_on_card(run()).text == "▶️ Run 12 goes on; nothing was cancelled."
    assert goes_on_card(run(state=RunState.FAILED)).text == "❌ Run 12 has ended; nothing was cancelled."


def test_who_cancelled_it_stands_on_both_cards() -> None:
    told = Cancellation(by="Eve & co (7)", at=after(60))
    card = cancelled_card(run(), told)
    assert card.text == (
        "🛑 <b>Run 12 is cancelled</b> by Eve &amp; co (7) at 10:01 UTC. Deploy, asked for by Ada (42) at"
        " 10:00 UTC.\n"
        "The worker ends it within seconds, or as soon as it is back; its result follows. Production is not"
        " touched."
    )
    assert card.rows == ()
    shown = run_card(view([stage(StageName.TEST, StageState.RUNNING, 3)], cancelled_by=told.by), after(4))
    assert shown.text.endswith(
        "\n▶️ test\n\n🛑 Cancelled by Eve &amp; co (7); it ends in a moment. Production is not touched."
    )
    assert shown.rows == ()


def test_too_late() -> None:
    error = TooLateToCancel(
        "Run 12 (deploy) is switching production already and cannot be cancelled any more.",
        production="It ends with the new release or, if that fails, with the one from before.",
        advice="Wait for its result; a rollback brings the release from before back.",
    )
    assert not_cancelled_card(error).text == (
        "⚠️ <b>Not cancelled.</b> Run 12 (deploy) is switching production already and cannot be cancelled any"
        " more.\n"
        "<b>Production:</b> It ends with the new release or, if that fails, with the one from before.\n"
        "<b>Next:</b> Wait for its result; a rollback brings the release from before back."
    )
