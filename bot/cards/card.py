"""A card: a text in Telegram's HTML and the buttons below it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from pipeline.model.release import ProjectId
from pipeline.wording.markup import clean, cut
from pipeline.wording.words import short

Style = Literal["success", "danger", "primary"]
"""`danger`: something is taken back or lost. `success`: yes to what touches production. `primary`: the step
that is wanted next. Every other button has none."""

COPY_LIMIT = 256
_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class Button:
    """`data` is what a tap carries, see bot.callbacks; or `copy` is what a tap puts on the clipboard, at most
    256 characters. One of the two is given."""

    text: str
    data: str = ""
    copy: str = ""
    style: Style | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """`project` is whose buttons these are, by its id; None for the default project."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    project: ProjectId | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for cards that look alike, and whose buttons are of the same project."""
        of = () if self.project is None else (self.project,)
        return hashlib.sha256(repr((self.text, self.rows, *of)).encode()).hexdigest()


def copying(sha: str | None) -> tuple[tuple[Button, ...], ...]:
    """A row with one button that copies the whole SHA; none where there is no SHA."""
    whole = clean(sha or "")[:COPY_LIMIT]
    return ((Button(text=f"Copy {short(whole)}", copy=whole),),) if whole else ()


def labelled(text: str) -> str:
    """Words from outside as the text of a button."""
    return cut(clean(text), _LABEL) or "–"
