"""What is asked and told where a message may be about several projects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.belonging import belonging
from bot.callbacks import WhichTap
from bot.cards.card import Button, Card, labelled
from pipeline.model.release import ProjectId
from pipeline.model.states import RunState
from pipeline.wording.markup import code, joined, line, room
from pipeline.wording.words import ANSWER_WANTED, RUN_SIGN

_NAME = 63
_SAID = 200


@dataclass(frozen=True, kw_only=True)
class Candidate:
    project_id: ProjectId
    name: str


def which_card(said: str, update: int, projects: Sequence[Candidate]) -> Card:
    """`said` is the command that does not tell its project, `update` the id of its update."""
    command, _, rest = said.partition(" ")
    first = projects[0].name if projects else "PROJECT"
    tap = WhichTap(update=update).pack()
    buttons = [Button(text=labelled(each.name), data=belonging(tap, each.project_id)) for each in projects]
    return Card(
        text=joined(
            f"{ANSWER_WANTED} <b>Which project?</b> You asked for {code(said, _SAID)}.",
            f"With its name nothing is asked: {code(f'{command} {first} {rest}'.strip(), _SAID)}",
        ),
        rows=tuple((button,) for button in buttons),
    )


def chosen_card(said: str, project: str, *, elsewhere: bool = False) -> Card:
    """In the place of the question. `elsewhere`: what was asked for shows in another chat."""
    return Card(
        text=joined(
            f"{RUN_SIGN[RunState.REQUESTED]} <b>{line(project, _NAME)}</b>: {code(said, _SAID)} asked for.",
            "Its messages go to the home chat of the project." if elsewhere else "",
        )
    )


def named(card: Card, project: str) -> Card:
    """The card, with the project's name where it does not tell it."""
    name = line(project, _NAME)
    last = f"Project: <b>{name}</b>"
    if re.search(rf"(<b>| · ){re.escape(name)}(</b>| |$)", card.text, re.MULTILINE):
        return card
    return replace(card, text=joined(card.text, last)) if room(card.text) > len(last) else card


def other_project(chosen: str, said: str) -> str:
    """Why a tap on another one changed nothing; at most 200 characters."""
    command = said.partition(" ")[0]
    return f"Nothing was done: it was asked for {chosen} already. {command} PROJECT asks anew."


ASKED_LONG_AGO = "Nothing was done: this was asked too long ago. Write it anew, with the project's name."
NOT_SERVED = "Nothing was done: this button is of a project that is not served any more. PROJECTS names them."
