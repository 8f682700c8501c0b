import pytest

from server_agent import __version__
from server_agent.settings import SettingsError, read_settings


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = read_settings({"CYCLE_SECONDS": " "})
    assert (settings.db_host, settings.db_port, settings.db_name) == ("localhost", 5432, "server_agent")
    assert (settings.port, settings.token_budget, settings.cycle_seconds) == (8000, 100_000, 30.0)
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.version == __version__


def test_values_are_taken_from_the_environment() -> None:
    settings = read_settings(
        {
            "DB_PORT": "6000",
            "CYCLE_SECONDS": "0.5",
            "APP_VERSION": "9.9",
            "TELEGRAM_API_URL": "http://api:81/",
        }
    )
    assert (settings.db_port, settings.cycle_seconds, settings.version) == (6000, 0.5, "9.9")
    assert settings.telegram_api_url == "http://api:81"


def test_every_wrong_key_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(
            {"DB_PORT": "70000", "TOKEN_BUDGET": "ten", "CYCLE_SECONDS": "nan", "TELEGRAM_API_URL": "ftp://x"}
        )
    assert str(caught.value).splitlines() == [
        "TELEGRAM_API_URL is 'ftp://x'; it must begin with http:// or https://.",
        "DB_PORT is '70000'; it must be a whole number from 1 to 65535.",
        "TOKEN_BUDGET is 'ten'; it must be a whole number from 0 to 1e+09.",
        "CYCLE_SECONDS is 'nan'; it must be a number from 0.05 to 86400.",
    ]


def test_secrets_stay_out_of_the_representation() -> None:
    shown = repr(
        read_settings(
            {"DB_PASSWORD": "hush1", "AGENT_TELEGRAM_TOKEN": "hush2", "AGENT_WEBHOOK_SECRET": "hush3"}
        )
    )
    assert "hush" not in shown
