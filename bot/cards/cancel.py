"""Calling a run off: the button on its card, the question once more, and what came of it."""

from __future__ import annotations

from bot.callbacks import CancelTap
from bot.cards.card import Button, Card
from pipeline.model.errors import PipelineError
from pipeline.model.run import Cancellation, Run
from pipeline.model.states import RunState
from pipeline.wording.markup import advice, joined, line, told_of_production
from pipeline.wording.words import KIND, RUN_SIGN, WARNING, clock

SIGN = RUN_SIGN[RunState.CANCELLED]


def can_be_cancelled(run: Run) -> bool:
    """As long as it has touched nothing; the journal has the last word."""
    return not run.state.final and run.switching_at is None and run.cancelled_by is None


def cancel_rows(run: Run) -> tuple[tuple[Button, ...], ...]:
    """What stands below the card of a run."""
    if not can_be_cancelled(run):
        return ()
    return ((Button(text="Cancel", data=CancelTap(run=run.id).pack()),),)


def called_off(run: Run) -> str:
    """A line for the card of a run that has been cancelled and has not ended yet."""
    if run.state.final or run.cancelled_by is None:
        return ""
    return (
        f"\n{SIGN} Cancelled by {line(run.cancelled_by, 80)}; it ends in a moment. Production is not touched."
    )


def sure_card(run: Run) -> Card:
    return Card(
        text=f"{WARNING} <b>Really cancel run {run.id}?</b> {_what(run)}\n"
        "What it has begun is ended. Production has not been touched and keeps serving as it does.",
        rows=(
            (
                Button(
                    text=f"Cancel run {run.id}",
                    data=CancelTap(run=run.id, sure=True).pack(),
                    style="danger",
                ),
                Button(text="Let it go on", data=CancelTap(run=run.id, keep=True).pack()),
            ),
        ),
    )


def cancelled_card(run: Run, told: Cancellation) -> Card:
    return Card(
        text=f"{SIGN} <b>Run {run.id} is cancelled</b> by {line(told.by, 80)} at {clock(told.at)}."
        f" {_what(run)}\n"
        "The worker ends it within seconds, or as soon as it is back; its result follows. Production is not"
        " touched."
    )


def goes_on_card(run: Run) -> Card:
    word = "has ended" if run.state.final else "goes on"
    return Card(text=f"{RUN_SIGN[run.state]} Run {run.id} {word}; nothing was cancelled.")


def not_cancelled_card(error: PipelineError) -> Card:
    """Too late, or there is none: what happens now."""
    return Card(
        text=joined(
            f"{WARNING} <b>Not cancelled.</b> {line(error.what, 400)}",
            told_of_production(error.production),
            f"<b>Next:</b> {advice(error.advice)}",
        )
    )


def _what(run: Run) -> str:
    return f"{KIND[run.kind]}, asked for by {line(run.requested_by, 80)} at {clock(run.requested_at)}."
