"""The restart of a service: the question before it, and what came of it."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import RestartTap
from bot.cards.card import Button, Card, labelled
from bot.cards.paging import mark
from pipeline.model.inquiry import Inquiry, NotFound, Restarted, RestartWanted
from pipeline.model.states import RunState, StageState
from pipeline.wording.markup import advice, clean, cut, joined, line
from pipeline.wording.words import ANSWER_WANTED, RUN_SIGN, STAGE_SIGN, WARNING, clock

_AWAY = "The worker did not answer; whether it was restarted is not known."
_LOOK = "See /status how it is, then ask again."


def restart_card(service: str, now: datetime) -> Card:
    """For /restart; on the card of an alert the same is asked in its place."""
    tap = RestartTap(alert=0, mark=mark(service), asked=int(now.timestamp()))
    label = labelled(f"Restart {cut(clean(service), 40)}")
    return Card(
        text=f"{ANSWER_WANTED} <b>Restart {line(service, 60)}?</b>\n"
        "Its container is stopped and started again; meanwhile it serves nobody. The release stays the same.",
        rows=((Button(text=label, data=tap.pack(), style="danger"),),),
    )


def restarting_card(service: str, by: str, now: datetime) -> Card:
    """Between the tap and the worker's answer."""
    return Card(
        text=f"{STAGE_SIGN[StageState.RUNNING]} <b>Restarting {line(service, 60)}</b>"
        f" · asked by {line(by, 80)} at {clock(now)}"
    )


def restarted_card(inquiry: Inquiry, wanted: RestartWanted) -> Card:
    """In the place of the question."""
    name, answer = line(wanted.service, 60), inquiry.answer
    asked = f"Asked by {line(wanted.by, 80)} at {clock(inquiry.asked_at)}."
    if isinstance(answer, Restarted) and answer.well:
        head = f"{RUN_SIGN[RunState.SUCCEEDED]} <b>{name} was restarted.</b> {line(answer.said, 300)}"
        return Card(text=joined(head, asked))
    if isinstance(answer, Restarted):
        return Card(
            text=joined(
                f"{STAGE_SIGN[StageState.FAILED]} <b>{name} was restarted and is not well.</b>"
                f" {line(answer.said, 300)}",
                "<b>Production:</b> this service does not serve as it should.",
                "<b>Next:</b> /logs shows what it says; /rollback brings the previous release back.",
                asked,
            )
        )
    what, next_ = (answer.what, _next(answer)) if isinstance(answer, NotFound) else (_AWAY, _LOOK)
    return Card(
        text=joined(
            f"{WARNING} <b>{name} was not restarted.</b> {line(what, 700)}",
            "<b>Production</b> goes on as it was, as far as is known.",
            f"<b>Next:</b> {advice(next_, 1000)}",
            asked,
        )
    )


def restart_said(inquiry: Inquiry, wanted: RestartWanted) -> str:
    """The same in one line without formatting, for the card of an alert."""
    match inquiry.answer:
        case Restarted(said=said):
            said = f"restarted. {said}"
        case NotFound(what=what) as found:
            said = f"{what} {_next(found)}"
        case _:
            said = f"{_AWAY} {_LOOK}"
    return f"{wanted.by} asked for a restart of {wanted.service} at {clock(inquiry.asked_at)}: {said}"


def _next(found: NotFound) -> str:
    return f"{found.advice} {', '.join(found.services)}".strip()
