"""The projects that this bot serves, and what there is of each: its settings, repository, home chat.

A handler is given what belongs to the project that its update is about, under the names that `Served.given`
has. A card of a project has gone through `Served.card`: its mark (`Card.project`) goes into the data of its
buttons where the outbox makes them Telegram's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.agenda import Agenda
from bot.cards.card import Card
from bot.cards.which import named
from bot.home import Home
from bot.permission import Terms
from bot.pictures import Pictures
from pipeline.freeze import Freeze
from pipeline.model.release import Project, ProjectId
from pipeline.model.told import ToldSetting
from pipeline.quiet import Quiet
from pipeline.settings import BotSettings
from pipeline.source import Source


@dataclass(frozen=True, kw_only=True)
class Served:
    """One project. `own` are the bot's settings for it as they may be told. `mark` is what its cards carry:
    its id, None for the default project, whose cards carry nothing. `named`: its cards tell its name, because
    there are several."""

    project: Project
    settings: BotSettings
    source: Source
    home: Home
    pictures: Pictures
    terms: Terms
    agenda: Agenda
    freeze: Freeze
    quiet: Quiet
    own: Sequence[ToldSetting]
    mark: ProjectId | None
    named: bool = False

    @property
    def id(self) -> ProjectId:
        return self.project.id

    @property
    def name(self) -> str:
        return self.project.name

    def card(self, card: Card) -> Card:
        """As one of this project."""
        return replace(named(card, self.name) if self.named else card, project=self.mark)

    def given(self) -> dict[str, Any]:
        """What a handler may ask for by name."""
        return {
            "project": self.project,
            "source": self.source,
            "home": self.home,
            "pictures": self.pictures,
            "terms": self.terms,
            "agenda": self.agenda,
            "freeze": self.freeze,
            "quiet": self.quiet,
            "own": self.own,
        }


class Projects:
    """In the order of the settings; the default project, that of PROJECT_NAME, is the first."""

    def __init__(self, served: Sequence[Served]) -> None:
        self._all = tuple(served)
        self.default = self._all[0]

    def __iter__(self) -> Iterator[Served]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def several(self) -> bool:
        return len(self._all) > 1

    def by_id(self, project: ProjectId) -> Served | None:
        return next((served for served in self._all if served.id == project), None)

    def in_topic(self, chat: int, topic: int | None) -> Served | None:
        """The one project that the topic belongs to, or else the chat; None where that is none or several.

        General belongs to nobody where several are at home in the chat.
        """
        at_home = [served for served in self._all if served.home.chat == served.home.now(chat)]
        of_it = [served for served in at_home if topic in (served.home.runs.topic, served.home.alerts.topic)]
        found = (of_it if topic is not None else []) or at_home
        return found[0] if len(found) == 1 else None
