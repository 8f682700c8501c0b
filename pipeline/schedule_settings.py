"""The settings of what begins by itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.cron import trigger
from pipeline.model.schedule import ScheduleName


def _cron(value: str) -> str:
    trigger(value)
    return value


Cron = Annotated[str, AfterValidator(_cron)]


class ScheduleSettings(BaseSettings):
    """Cron expressions, or `off`. A backup each night is on: what was written since the newest one is what a
    broken disk costs, and without it that would be all since the last deploy."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    backup_cron: Cron = "30 2 * * *"
    drill_cron: Cron = "30 3 * * sun"
    rollback_drill_cron: Cron = "0 4 1 * *"
    digest_cron: Cron = "0 8 * * mon"

    @property
    def schedules(self) -> dict[ScheduleName, str]:
        """The expression of each."""
        return {name: getattr(self, name.key.lower()) for name in ScheduleName}
