"""The settings of who may do what, and of where the bot speaks."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.model.people import check_people, totp_secret, user_ids


def _people(value: str) -> str:
    user_ids(value)
    return value


def _code_secret(value: SecretStr) -> SecretStr:
    totp_secret(value.get_secret_value())
    return value


def _chat(value: int) -> int:
    if value == 0:
        raise ValueError("the id of a chat: above 0 that of a person, below 0 that of a group")
    return value


ChatId = Annotated[int, AfterValidator(_chat)]
People = Annotated[str, AfterValidator(_people)]
Topic = Annotated[int, Field(gt=0)]


class PeopleSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    master_chat_id: ChatId
    owners: People | None = None
    viewers: People | None = None
    two_persons: bool = False
    totp_secret: Annotated[SecretStr, AfterValidator(_code_secret)] | None = None
    telegram_chat_id: ChatId | None = None
    runs_topic: Topic | None = None
    alerts_topic: Topic | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        check_people(self.owner_ids, two_persons=self.two_persons)
        return self

    @property
    def owner_ids(self) -> frozenset[int]:
        """Who may do everything: OWNERS, and Master where his id is a person's."""
        named = user_ids(self.owners) if self.owners else frozenset()
        return named | {self.master_chat_id} if self.master_chat_id > 0 else named

    @property
    def viewer_ids(self) -> frozenset[int]:
        """Who may only look; who is an owner too is an owner."""
        return (user_ids(self.viewers) if self.viewers else frozenset()) - self.owner_ids

    @property
    def home_chat_id(self) -> int:
        """Where the bot speaks by itself."""
        return self.telegram_chat_id or self.master_chat_id

    @property
    def code_secret(self) -> str | None:
        """In base32, without spaces."""
        return totp_secret(self.totp_secret.get_secret_value()) if self.totp_secret else None
