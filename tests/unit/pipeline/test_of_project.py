"""Settings of several projects: what each has for itself, what it shares, what is refused."""

import os

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import PER_PROJECT, project_names
from pipeline.reading import read, read_all
from pipeline.settings import BotSettings, JournalSettings, WorkerSettings
from tests.unit.pipeline.test_settings import NEEDED


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Only what is needed is set, whatever the machine has."""
    fields = {field for kind in (BotSettings, WorkerSettings) for field in kind.model_fields}
    for key in list(os.environ):
        if "__" in key or key.lower() in fields:
            monkeypatch.delenv(key)
    for key, value in NEEDED.items():
        monkeypatch.setenv(key, value)
    return monkeypatch


def test_a_project_has_its_own_and_shares_the_rest(environment: pytest.MonkeyPatch) -> None:
    for key, value in {
        "PROJECTS": "my-shop, controller",
        "GIT_BRANCH": "release",
        "COVERAGE_THRESHOLD": "90",
        "APPROVAL_MINUTES": "5",
        "DB_HOST": "db",
        "COMPOSE_PROJECT_NAME": "stack",
        "MY_SHOP__GIT_URL": "https://example.org/team/shop.git",
        "MY_SHOP__API_URL": "http://shop:9000/",
        "MY_SHOP__PUSH_MODE": "off",
        "CONTROLLER__GIT_URL": "https://example.org/team/controller.git",
        "CONTROLLER__APPROVAL_MINUTES": "60",
    }.items():
        environment.setenv(key, value)
    first, shop, controller = read_all(WorkerSettings)
    assert (first.project_name, first.git_branch, first.db_name) == (
        "server-agent-vnext",
        "release",
        "server_agent",
    )
    assert (shop.project_name, shop.git_branch, shop.db_name) == ("my-shop", "main", "my_shop")
    assert (shop.deployment_group, shop.docker_image_base, shop.api_url) == (
        "my-shop",
        "my-shop",
        "http://shop:9000",
    )
    assert (shop.coverage_threshold, shop.approval_minutes) == (70, 5)
    assert (shop.db_host, shop.compose_project_name) == ("db", "stack")
    assert (controller.db_name, controller.api_url) == ("pipeline", "http://bot:8080")
    assert (controller.deployment_group, controller.approval_minutes) == ("controller", 60)
    assert [settings.push_mode.value for settings in read_all(BotSettings)] == ["prompt", "off", "prompt"]
    assert read(BotSettings, "controller").rollback_drill_cron == "off"
    assert read(JournalSettings, "my-shop").git_url == "https://example.org/team/shop.git"
    assert read(JournalSettings, "server-agent-vnext") == read(JournalSettings)


def test_topics_are_those_of_the_chat(environment: pytest.MonkeyPatch) -> None:
    for key, value in {
        "PROJECTS": "shop,blog,wiki",
        "TELEGRAM_CHAT_ID": "-5",
        "RUNS_TOPIC": "7",
        "ALERTS_TOPIC": "8",
        **{f"{name}__GIT_URL": "https://example.org/team/app.git" for name in ("SHOP", "BLOG", "WIKI")},
        "BLOG__ALERTS_TOPIC": "9",
        "WIKI__TELEGRAM_CHAT_ID": "-6",
        "WIKI__RUNS_TOPIC": "3",
    }.items():
        environment.setenv(key, value)
    _, shop, blog, wiki = read_all(BotSettings)
    assert (shop.home_chat_id, shop.runs_topic, shop.alerts_topic) == (-5, 7, 8)
    assert (blog.home_chat_id, blog.runs_topic, blog.alerts_topic) == (-5, 7, 9)
    assert (wiki.home_chat_id, wiki.runs_topic, wiki.alerts_topic) == (-6, 3, None)


def test_a_project_that_is_not_at_github_needs_no_repository_there(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROJECTS", "shop")
    environment.setenv("GITHUB_TOKEN", "t" * 20)
    environment.setenv("SHOP__GIT_URL", "/srv/shop.git")
    _, shop = read_all(BotSettings)
    assert shop.github(shop.git_url, needed=False) is None
    with pytest.raises(ConfigurationError, match="GITHUB_REPOSITORY"):
        shop.github(shop.git_url)
    environment.setenv("SHOP__GITHUB_REPOSITORY", "team/shop")
    _, shop = read_all(BotSettings)
    github = shop.github(shop.git_url, needed=False)
    assert github is not None
    assert github.writing.repository == "team/shop"


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ({"PROJECTS": "Shop"}, "PROJECTS", "names with commas between them"),
        ({"PROJECTS": "a-b,a_b"}, "PROJECTS", "names with commas between them"),
        ({"PROJECTS": "server-agent-vnext"}, "PROJECTS", "names of other projects"),
        ({"PROJECTS": "shop"}, "SHOP__GIT_URL", "not set"),
        ({"PROJECTS": "shop", "SHOP__GIT_URL": "https://example.org"}, "SHOP__GIT_URL", "a URL with https"),
        (
            {"PROJECTS": "shop", "SHOP__GIT_URL": "/srv/shop.git", "SHOP__MASTER_CHAT_ID": "7"},
            "SHOP__MASTER_CHAT_ID",
            "a setting that a project may have for itself",
        ),
        (
            {"PROJECTS": "shop", "SHOP__GIT_URL": "/srv/shop.git", "SHOP__DEPLOYMENT_GROUP": "agent"},
            "SHOP__DEPLOYMENT_GROUP",
            "another group than that of the project server-agent-vnext",
        ),
    ],
)
def test_what_is_wrong_is_named(
    environment: pytest.MonkeyPatch, more: dict[str, str], key: str, said: str
) -> None:
    for name, value in more.items():
        environment.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        read_all(WorkerSettings)
    assert str(caught.value).startswith(f"{key} ")
    assert said in str(caught.value)


def test_a_project_that_is_not_of_the_installation_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROJECTS", "shop")
    with pytest.raises(ConfigurationError, match="one of server-agent-vnext, shop"):
        read(JournalSettings, "other")


def test_what_a_project_may_have_is_a_setting() -> None:
    fields = {*BotSettings.model_fields, *WorkerSettings.model_fields}
    assert {key.lower() for key in PER_PROJECT} <= fields
    assert project_names("") == []
