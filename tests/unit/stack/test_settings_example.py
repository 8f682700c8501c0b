"""`.env.vnext.example` names each setting once, explained, with the default that the code has."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from pipeline.settings import BotSettings, WorkerSettings

LINES = (Path(__file__).parents[3] / ".env.vnext.example").read_text(encoding="utf-8").splitlines()
AGENT_ONLY = {"AGENT_TELEGRAM_TOKEN", "AGENT_WEBHOOK_SECRET", "TOKEN_BUDGET", "CYCLE_SECONDS"}
READ_BY_COMPOSE = {"COMPOSE_PROJECT_NAME", "DOCKER_IMAGE_BASE"}
MUST_BE_SET = {"TELEGRAM_API_TOKEN", "MASTER_CHAT_ID", "DB_PASSWORD", "GIT_URL"}

FIELDS = {
    name.upper(): field for kind in (BotSettings, WorkerSettings) for name, field in kind.model_fields.items()
}
SET = [line.partition("=")[::2] for line in LINES if line and not line.startswith("#")]


def test_each_setting_is_there_once() -> None:
    keys = [key for key, _ in SET]

    assert sorted(keys) == sorted((set(FIELDS) - READ_BY_COMPOSE) | AGENT_ONLY)


def test_each_setting_is_explained() -> None:
    """By a comment above it, or above the setting that stands right before it."""
    for number, line in enumerate(LINES):
        if line and not line.startswith("#"):
            assert number > 0
            assert LINES[number - 1], f"{line} has no comment"


@pytest.mark.parametrize(("key", "value"), [pair for pair in SET if pair[0] in FIELDS])
def test_the_value_is_the_default(key: str, value: str) -> None:
    default = FIELDS[key].default
    if key in MUST_BE_SET:
        assert default is PydanticUndefined
        assert value, "a placeholder shows the form"
    elif default is None:
        assert value == ""
    else:
        expected = str(default).lower() if isinstance(default, bool) else str(default)
        assert value.removeprefix("./") == expected


def test_the_placeholders_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in SET:
        monkeypatch.setenv(key, value)

    with pytest.raises(ValueError, match="master_chat_id"):
        BotSettings()
