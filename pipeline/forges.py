"""The settings of what has to do with a forge: GitHub, GitLab, Gitea, Forgejo."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SHORTEST_SECRET = 16


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret) < _SHORTEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise ValueError(f"{_SHORTEST_SECRET} or more printable ASCII characters")
    return value


class ForgeSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None

    @property
    def webhook_signature(self) -> bytes | None:
        """What deliveries are signed with; None where none are taken."""
        return self.webhook_secret.get_secret_value().encode() if self.webhook_secret else None
