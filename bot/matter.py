"""What a message or a tap is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiogram.types import CallbackQuery, TelegramObject

from bot.answer import Answer
from bot.served import Served


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What an update is about. `project` None: that was not said. `update` is that of a command or tap whose
    project was asked for, and `tapped` the answer to that. `refusal` is told instead of doing anything."""

    project: Served | None
    several: bool = False
    update: int | None = None
    tapped: CallbackQuery | None = None
    refusal: Answer | None = None

    @property
    def told(self) -> dict[str, str]:
        """For the audit log: the project's name where there are several."""
        return {"project": self.project.name} if self.several and self.project is not None else {}


def as_said(event: TelegramObject, data: Mapping[str, Any]) -> TelegramObject:
    """The tap that chose the project where that brought the event back, else the event itself."""
    matter: Matter | None = data.get("matter")
    return matter.tapped if matter and matter.tapped else event
