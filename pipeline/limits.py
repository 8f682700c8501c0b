"""The settings of the watch: from when on something is a problem."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Percent = Annotated[float, Field(ge=0, le=90)]


class WatchSettings(BaseSettings):
    """Limits in percent, hours and days; 0 turns one off."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    disk_alert_free: Percent = 10
    memory_alert_available: Percent = 5
    backup_alert_hours: Annotated[int, Field(ge=0, le=87_600)] = 36
    proven_alert_days: Annotated[int, Field(ge=0, le=3650)] = 14
