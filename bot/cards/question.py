"""The card of a question: what a worker found that it cannot decide, and one button for each way on."""

from __future__ import annotations

from bot.callbacks import QuestionTap
from bot.cards.card import Button, Card, labelled
from pipeline.model.question import Question, Way
from pipeline.model.run import RunView
from pipeline.model.states import RunState
from pipeline.wording.markup import GAP, joined, line
from pipeline.wording.words import ANSWER_WANTED, KIND, RUN_SIGN, clock, roughly

_FOUND = 2500
_LABEL = 60
_MEANING = {
    Way.AGAIN: "The stage is done again",
    Way.ON: "The stage counts as done",
    Way.BACK: "The previous release is brought back",
    Way.LEAVE: "Production stays as it was found, and the run ends",
}


def question_card(question: Question, view: RunView) -> Card:
    asks = is_open(question, view)
    return Card(
        text=joined(
            f"{_head(question, asks)} · {KIND[view.run.kind]} · {line(view.project, 63)} · run {view.run.id}",
            GAP,
            f"The run was cut at <b>{question.stage}</b>. {line(question.what, _FOUND)}",
            GAP,
            _end(question, asks),
        ),
        rows=_buttons(question) if asks else (),
    )


def is_open(question: Question, view: RunView) -> bool:
    return question.answer is None and not view.run.state.final


def label(question: Question, way: Way) -> str:
    """What its button says; for a fallback that has none, what it means."""
    return next((choice.label for choice in question.choices if choice.way is way), _MEANING[way])


def _head(question: Question, asks: bool) -> str:
    if asks:
        return f"{ANSWER_WANTED} <b>How shall it go on?</b>"
    if question.answered_by is not None:
        return f"{RUN_SIGN[RunState.SUCCEEDED]} <b>Answered</b>"
    if question.answer is not None:
        return f"{RUN_SIGN[RunState.EXPIRED]} <b>Nobody answered</b>"
    return f"{RUN_SIGN[RunState.VOIDED]} <b>No longer asked</b>"


def _end(question: Question, asks: bool) -> str:
    silence = line(label(question, question.fallback), _LABEL)
    if asks:
        within = roughly(question.expires_at - question.asked_at)
        return f"Answer before {clock(question.expires_at)}, within {within}; silence means: {silence}."
    if question.answer is None:
        return "The run ended before anybody answered."
    at = f" at {clock(question.answered_at)}" if question.answered_at else ""
    if question.answered_by is None:
        return f"Nobody answered until {clock(question.expires_at)}, so it was: {silence}."
    return f"{line(question.answered_by, 80)} chose{at}: {line(label(question, question.answer), _LABEL)}."


def _buttons(question: Question) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (
            Button(
                text=labelled(choice.label),
                data=QuestionTap(way=choice.way, nonce=question.nonce).pack(),
                style="danger" if choice.way is Way.BACK else None,
            ),
        )
        for choice in question.choices
    )
