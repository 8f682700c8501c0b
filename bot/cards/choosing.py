"""The branches to choose from, and what takes the place of a list once something is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.callbacks import BranchTap, Listed, PageTap
from bot.cards.card import Button, Card
from bot.cards.paging import PER_PAGE, mark, page_of, turning
from pipeline.model.run import Run
from pipeline.model.states import RunState, StageState
from pipeline.source import Branch
from pipeline.wording.markup import clean, code, cut, joined
from pipeline.wording.words import ANSWER_WANTED, KIND, RUN_SIGN, STAGE_SIGN, age, short

_NAME = 100
_LABEL = 40


def branches_card(branches: Sequence[Branch], watched: str, now: datetime, page: int = 0) -> Card:
    """Newest first."""
    if not branches:
        return Card(text=f"{STAGE_SIGN[StageState.SKIPPED]} The repository has no branch yet.")
    shown = page_of(branches, page)
    first = shown.number * PER_PAGE + 1
    numbered = list(enumerate(shown.items, first))
    rows = [(_branch_button(number, branch),) for number, branch in numbered]
    count = _counted(shown.total, "branch", "branches")
    return Card(
        text=joined(
            f"{ANSWER_WANTED} <b>Which branch is to be deployed?</b> {count}{shown.place}",
            *(_branch(number, branch, watched, now) for number, branch in numbered),
            "\nThe plan comes for approval first.",
        ),
        rows=(*rows, *turning(shown, lambda to: PageTap(of=Listed.BRANCHES, page=to))),
    )


def mark_of(branch: Branch) -> str:
    """Its name and the tip that was shown: once another commit is there, the list has changed."""
    return mark(branch.name, branch.sha)


def asked_card(run: Run, what: str) -> Card:
    """In the place of the list. `what` is HTML."""
    return Card(text=f"{RUN_SIGN[RunState.REQUESTED]} {KIND[run.kind]} of {what} asked for: run {run.id}.")


def _branch(number: int, branch: Branch, watched: str, now: datetime) -> str:
    parts = [
        f"{number}. {code(branch.name, _NAME)}",
        code(short(branch.sha)),
        *([age(branch.when, now)] if branch.when else []),
        *(["watched"] if branch.name == watched else []),
    ]
    return " · ".join(parts)


def _branch_button(number: int, branch: Branch) -> Button:
    return Button(
        text=f"{number} · {cut(clean(branch.name), _LABEL)}", data=BranchTap(mark=mark_of(branch)).pack()
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
