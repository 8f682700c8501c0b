"""What may be told of settings: never a secret."""

from __future__ import annotations

from pipeline.model.told import ToldSetting
from pipeline.settings import BotSettings, WorkerSettings
from pipeline.told import told

TOKEN = "123456789:" + "a" * 35


def _bot(**changes: object) -> dict[str, ToldSetting]:
    values: dict[str, object] = {
        "telegram_api_token": TOKEN,
        "master_chat_id": 42,
        "db_password": "a-password",
        "git_url": "https://ada:gh-token@git.example.org/agent.git",
    }
    return {each.key: each for each in told(BotSettings(**(values | changes)))}


def test_secrets_only_say_whether_they_are_set() -> None:
    found = _bot(telegram_proxy="socks5://user:pass-word@proxy:1080")
    assert found["TELEGRAM_API_TOKEN"] == ToldSetting(
        key="TELEGRAM_API_TOKEN", value="set", default=False, secret=True
    )
    assert found["TELEGRAM_PROXY"].value == "set"
    assert _bot()["TELEGRAM_PROXY"] == ToldSetting(
        key="TELEGRAM_PROXY", value=None, default=True, secret=True
    )
    everything = repr(found)
    for secret in (TOKEN, "a-password", "gh-token", "pass-word"):
        assert secret not in everything


def test_who_is_named_in_a_url_is_not_told() -> None:
    assert _bot()["GIT_URL"].value == "https://***@git.example.org/agent.git"
    lone = _bot(git_url="https://ghp_0123456789@git.example.org/agent.git")
    assert lone["GIT_URL"].value == "https://***@git.example.org/agent.git"
    ssh = _bot(git_url="git@git.example.org:agent.git")
    assert ssh["GIT_URL"].value == "git@git.example.org:agent.git"


def test_values_read_as_they_are_written_and_defaults_are_known() -> None:
    found = _bot(git_poll_seconds=5)
    assert found["GIT_POLL_SECONDS"] == ToldSetting(key="GIT_POLL_SECONDS", value="5", default=False)
    assert found["DRILL_CRON"] == ToldSetting(key="DRILL_CRON", value="30 3 * * sun", default=True)
    assert found["MASTER_CHAT_ID"] == ToldSetting(key="MASTER_CHAT_ID", value="42", default=False)
    settings = WorkerSettings(db_password="a-password", git_url="/srv/agent.git", backup_timeout=90)
    worker = {each.key: each for each in told(settings)}
    assert (worker["BACKUP_TIMEOUT"].value, worker["SIDE_BY_SIDE"].value) == ("90", "true")
    assert (worker["BACKUP_IDENTITY"].value, worker["BACKUP_IDENTITY"].default) == (None, True)
    assert worker.keys() >= {"STATE_DIR", "OFFSITE"}
