"""The settings of what a push brings."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.model.errors import ConfigurationError
from pipeline.model.push import PushMode

_PATHS = "patterns of files with commas between them, such as docs/**,*.md, each with more than * ? and /"


def _patterns(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _paths(value: str) -> str:
    found = _patterns(value)
    if not found or not all(pattern.strip("*?/") and not pattern.startswith("/") for pattern in found):
        raise ValueError(_PATHS)
    return value


class PushSettings(BaseSettings):
    """`git_poll_jitter` is a share of `git_poll_seconds`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    git_poll_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    git_poll_jitter: Annotated[float, Field(ge=0, le=1)] = 0.1
    push_mode: PushMode = PushMode.PROMPT
    auto_approve_paths: Annotated[str, AfterValidator(_paths)] | None = None

    @model_validator(mode="after")
    def _only_in_auto(self) -> Self:
        if self.auto_approve_paths and self.push_mode is not PushMode.AUTO:
            raise ConfigurationError(
                "AUTO_APPROVE_PATHS", repr(self.auto_approve_paths), "nothing, unless PUSH_MODE is auto"
            )
        return self

    @property
    def waived_paths(self) -> tuple[str, ...]:
        """Patterns of files whose change needs no approval."""
        return _patterns(self.auto_approve_paths or "")
