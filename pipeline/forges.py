"""The settings of what has to do with a forge: GitHub, GitLab, Gitea, Forgejo."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.forge import Github, repository_of
from pipeline.forge.place import PUBLIC_API, REPOSITORY
from pipeline.model.errors import ConfigurationError
from pipeline.source import shown_url

_SHORTEST_SECRET = 16
_API = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{20,}", re.ASCII)


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret) < _SHORTEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise ValueError(f"{_SHORTEST_SECRET} or more printable ASCII characters")
    return value


def _token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("a token as GitHub gives it: 20 or more letters, digits, _ . -")
    return value


def _api(value: str) -> str:
    if not _API.fullmatch(value):
        raise ValueError("a URL such as https://api.github.com or https://github.example.org/api/v3")
    return value.rstrip("/")


def _repository(value: str) -> str:
    if not REPOSITORY.fullmatch(value):
        raise ValueError("OWNER/NAME of a repository at GitHub")
    return value


class ForgeSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    github_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    github_api_url: Annotated[str, AfterValidator(_api)] = PUBLIC_API
    github_repository: Annotated[str, AfterValidator(_repository)] | None = None

    @property
    def webhook_signature(self) -> bytes | None:
        """What deliveries are signed with; None where none are taken."""
        return self.webhook_secret.get_secret_value().encode() if self.webhook_secret else None

    def github(self, git_url: str, *, needed: bool = True) -> Github | None:
        """GitHub where a token is set. Where the repository is not known: None, or if it is `needed`,
        ConfigurationError."""
        if self.github_token is None:
            return None
        repository = self.github_repository or repository_of(git_url, self.github_api_url)
        if repository is None and not needed:
            return None
        if repository is None:
            raise ConfigurationError(
                "GITHUB_REPOSITORY",
                f"not set, and GIT_URL ({shown_url(git_url)}) is no repository of {self.github_api_url}",
                "OWNER/NAME of the repository at GitHub, or no GITHUB_TOKEN",
            )
        return Github(self.github_api_url, repository, self.github_token.get_secret_value())
