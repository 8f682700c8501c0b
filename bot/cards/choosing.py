"""Another branch, another release: lists to choose from, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.callbacks import BranchTap, GoBackTap, Listed, PageTap
from bot.cards.card import Button, Card
from bot.cards.paging import PER_PAGE, mark, page_of, turning
from pipeline.model.release import Kept, Release
from pipeline.model.run import Run
from pipeline.source import Branch
from pipeline.wording.markup import clean, code, cut, joined, line
from pipeline.wording.words import KIND, age, named, short

_NAME = 100
_LABEL = 40


def branches_card(branches: Sequence[Branch], watched: str, now: datetime, page: int = 0) -> Card:
    """Newest first."""
    if not branches:
        return Card(text="The repository has no branch yet.")
    shown = page_of(branches, page)
    first = shown.number * PER_PAGE + 1
    numbered = list(enumerate(shown.items, first))
    rows = [(_branch_button(number, branch),) for number, branch in numbered]
    count = _counted(shown.total, "branch", "branches")
    return Card(
        text=joined(
            f"<b>Which branch is to be deployed?</b> {count}{shown.place}",
            *(_branch(number, branch, watched, now) for number, branch in numbered),
            "\nThe plan comes for approval first.",
        ),
        rows=(*rows, *turning(shown, lambda to: PageTap(of=Listed.BRANCHES, page=to).pack())),
    )


def kept_card(kept: Kept, now: datetime, page: int = 0) -> Card:
    """All but the live one, the previous one first."""
    others = [release for release in kept.all if release != kept.live]
    if not others:
        return Card(text="No other release is kept. A rollback is possible once two releases were live.")
    live = kept.live.id if kept.live else 0
    shown = page_of(others, page)
    rows = [
        (
            Button(
                text=f"{each.id} · {named(each)}",
                data=GoBackTap(release=each.id, live=live).pack(),
            ),
        )
        for each in shown.items
    ]
    serves = f"Live is {_release(kept.live, now)}" if kept.live else ""
    return Card(
        text=joined(
            f"<b>Which release is to come back?</b> {_counted(shown.total, 'is', 'are')} kept{shown.place}",
            serves,
            *(
                f"{_release(each, now)}{' · previous' if each == kept.previous else ''}"
                for each in shown.items
            ),
            "\nThe plan comes for approval first; where the schema moved, it is asked about the data before.",
        ),
        rows=(*rows, *turning(shown, lambda to: PageTap(of=Listed.RELEASES, page=to).pack())),
    )


def mark_of(branch: Branch) -> str:
    """Its name and the tip that was shown: once another commit is there, the list has changed."""
    return mark(branch.name, branch.sha)


def asked_card(run: Run, what: str) -> Card:
    """In the place of the list. `what` is HTML."""
    return Card(text=f"{KIND[run.kind]} of {what} asked for: run {run.id}.")


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


def _release(release: Release, now: datetime) -> str:
    branch = f" {line(release.branch, _NAME)}" if release.branch else ""
    since = f" · {age(release.live_since, now)}" if release.live_since else ""
    return f"<b>{release.id}</b> · {code(named(release))}{branch}{since}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
