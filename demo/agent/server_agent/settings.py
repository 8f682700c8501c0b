"""Settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from . import __version__

T = TypeVar("T")


class SettingsError(Exception):
    """One sentence for each wrong setting, joined by line breaks."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the agent runs with. `cycle_seconds` is the pause between two proactive cycles."""

    db_host: str
    db_port: int
    db_name: str
    db_user: str
    db_password: str = field(repr=False)
    listen_host: str
    port: int
    telegram_api_url: str
    telegram_token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    token_budget: int
    cycle_seconds: float
    version: str


def read_settings(env: Mapping[str, str]) -> Settings:
    """Settings from `env`; an empty value counts as not set.

    Raises `SettingsError` naming every wrong key.
    """
    wrong: list[str] = []

    def text(key: str, default: str) -> str:
        return env.get(key, "").strip() or default

    def number(key: str, default: T, kind: Callable[[str], T], low: float, high: float) -> T:
        raw = text(key, "")
        if not raw:
            return default
        try:
            value, fits = kind(raw), low <= float(raw) <= high
        except ValueError:
            value, fits = default, False
        if not fits:
            unit = "a whole number" if kind is int else "a number"
            wrong.append(f"{key} is {raw!r}; it must be {unit} from {low:g} to {high:g}.")
        return value

    url = text("TELEGRAM_API_URL", "https://api.telegram.org").rstrip("/")
    if not url.startswith(("http://", "https://")):
        wrong.append(f"TELEGRAM_API_URL is {url!r}; it must begin with http:// or https://.")
    settings = Settings(
        db_host=text("DB_HOST", "localhost"),
        db_port=number("DB_PORT", 5432, int, 1, 65535),
        db_name=text("DB_NAME", "server_agent"),
        db_user=text("DB_USER", "agent"),
        db_password=env.get("DB_PASSWORD", ""),
        listen_host=text("LISTEN_HOST", "0.0.0.0"),  # noqa: S104 - a container is reached from outside
        port=number("PORT", 8000, int, 0, 65535),
        telegram_api_url=url,
        telegram_token=text("AGENT_TELEGRAM_TOKEN", ""),
        webhook_secret=text("AGENT_WEBHOOK_SECRET", ""),
        token_budget=number("TOKEN_BUDGET", 100_000, int, 0, 10**9),
        cycle_seconds=number("CYCLE_SECONDS", 30.0, float, 0.05, 86_400),
        version=text("APP_VERSION", __version__),
    )
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings
