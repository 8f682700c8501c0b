"""docs/configuration.md and .env.vnext.example against the settings, labels and keys that the code reads."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from pipeline.model.checks import (
    CHECKS,
    ENTRIES,
    Endpoint,
    Limits,
    OwnCheck,
    Patterns,
    SmokeCheck,
    SmokeSection,
)
from pipeline.of_project import PER_PROJECT
from pipeline.probe import Answer
from pipeline.project.application import read_application
from pipeline.project.section import Section, SuiteSection
from pipeline.reading import read
from pipeline.settings import BotSettings, WorkerSettings
from pipeline.smoke.endpoints import judge_entry, judge_health, judge_stats
from tests.unit.docs.pages import ROOT, page, rows, words

CONFIGURATION = page("docs/configuration.md")
FIELDS = {**BotSettings.model_fields, **WorkerSettings.model_fields}
REQUIRED = {
    "TELEGRAM_API_TOKEN": "123456789:" + "a" * 35,
    "MASTER_CHAT_ID": "1001",
    "DB_PASSWORD": "a-password",
    "GIT_URL": "https://git.example.org/agent.git",
}
EXAMPLE = (ROOT / ".env.vnext.example").read_text()
COMPOSE_FILE = (ROOT / "docker-compose-vnext.yml").read_text()


def documented() -> dict[str, str | None]:
    """Key → default as the tables tell it; None for settings that must be set."""
    found: dict[str, str | None] = {}
    for cells in rows(CONFIGURATION.section("Settings")):
        [key] = words(cells[0])
        found[key] = cells[1] if len(cells) == 4 else None
    return found


def test_which_settings_a_project_has_is_told() -> None:
    own, may, *_ = CONFIGURATION.section("Several projects").split("\n- ")[1:]
    assert set(words(own)) | set(words(may)) == PER_PROJECT | {"_"}


def shown(default: Any) -> str | None:
    if default is PydanticUndefined:
        return None
    if default is None:
        return "not set"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_setting_is_documented_with_its_default() -> None:
    assert documented() == {name.upper(): shown(field.default) for name, field in FIELDS.items()}


def test_secrets_are_called_secret() -> None:
    table = {words(cells[0])[0]: " ".join(cells) for cells in rows(CONFIGURATION.section("Settings"))}
    secrets = [name for name, field in FIELDS.items() if "SecretStr" in str(field.annotation)]
    assert secrets
    assert [name for name in secrets if "secret" not in table[name.upper()]] == []
    assert SecretStr in {FIELDS[name].annotation for name in secrets}


def test_the_required_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FIELDS:
        monkeypatch.delenv(name.upper(), raising=False)
    for key in (key for key, default in documented().items() if default is None):
        monkeypatch.setenv(key, REQUIRED[key])
    assert read(BotSettings).master_chat_id == 1001
    assert read(WorkerSettings).coverage_threshold == 70


def example() -> dict[str, str]:
    """What `.env.vnext.example` sets."""
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))


def interpolated() -> dict[str, str]:
    """Variables of the stack's compose file with their defaults."""
    return dict(re.findall(r"(?<!\$)\$\{([A-Z_]+):-([^}]*)\}", COMPOSE_FILE))


def test_every_setting_is_in_the_example_but_those_of_the_compose_file() -> None:
    told = [key for key in example() if key.lower() in FIELDS]
    assert sorted(told) == sorted({name.upper() for name in FIELDS} - interpolated().keys())


def test_every_other_key_of_the_example_is_the_applications() -> None:
    agents = {words(cells[0])[0] for cells in rows(CONFIGURATION.section("The application's own settings"))}
    assert {key for key in example() if key.lower() not in FIELDS} == agents


def test_the_example_tells_the_variables_of_the_compose_file() -> None:
    assert dict(re.findall(r"^# ([A-Z_]+)=(\S+)", EXAMPLE, re.MULTILINE)) == interpolated()


def test_the_example_is_what_the_defaults_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FIELDS:
        monkeypatch.delenv(name.upper(), raising=False)
    for key, value in {**example(), **REQUIRED}.items():
        monkeypatch.setenv(key, value)
    for kind in (BotSettings, WorkerSettings):
        settings = read(kind)
        told = {name: getattr(settings, name) for name in kind.model_fields if name.upper() not in REQUIRED}
        assert told == {name: kind.model_fields[name].default for name in told}


def test_every_variable_of_the_compose_file_is_documented_with_its_default() -> None:
    table = rows(CONFIGURATION.section("Variables of the compose file"))
    assert {words(cells[0])[0]: words(cells[1])[0] for cells in table} == interpolated()


def test_the_worker_is_handed_every_variable_of_the_compose_file() -> None:
    text = (ROOT / "docker-compose-vnext.yml").read_text()
    handed = re.findall(
        r"^      ([A-Z_]+): \$\{([A-Z_]+):-.*\}$", text.partition("\n  worker:")[2], re.MULTILINE
    )
    assert {key for key, variable in handed if key == variable} == set(interpolated())


def test_every_key_of_the_section_is_documented() -> None:
    told = [words(cells[0])[0] for cells in keys_of_the_section()]
    keys = []
    for name, field in Section.model_fields.items():
        models = [m for m in (field.annotation, *_members(field.annotation)) if _is_model(m)]
        keys += [name, *(f"{name}.{key}" for model in models for key in model.model_fields)]
    at = keys.index("test.suites") + 1
    keys[at:at] = [f"test.suites.NAME.{key}" for key in SuiteSection.model_fields]
    assert told == keys


def keys_of_the_section() -> list[list[str]]:
    """The rows of its first table; those of the checks stand below."""
    return rows(CONFIGURATION.section("x-pipeline").partition("\n### ")[0])


@pytest.mark.parametrize(
    ("title", "table", "model"),
    [
        ("Checks", 0, Endpoint),
        ("Checks", 1, Limits),
        ("Checks", 2, Patterns),
        ("Checks of your own", 0, OwnCheck),
    ],
)
def test_every_key_of_a_check_is_documented(title: str, table: int, model: type[BaseModel]) -> None:
    tables = CONFIGURATION.section(title).split("\n\n| ")[1:]
    told = [words(cells[0])[0] for cells in rows(f"| {tables[table]}")]
    assert sorted(told) == sorted(field.alias or name for name, field in model.model_fields.items())


def test_the_limits_are_documented_as_they_are() -> None:
    tables = CONFIGURATION.section("Checks").split("\n\n| ")[1:]
    told = {words(cells[0])[0]: words(cells[1]) for cells in rows(f"| {tables[1]}")}
    assert told == {name: [str(field.default)] for name, field in Limits.model_fields.items()}


def test_every_check_of_the_stack_is_asked_for() -> None:
    text = COMPOSE_FILE.partition("\n  smoke:\n")[2].partition("\n\n")[0]
    said = dict(re.findall(r"^    ([a-z_]+): (\S+)$", text, re.MULTILINE))
    section = SmokeSection.model_validate({k: True if v == "true" else v for k, v in said.items()})
    assert tuple(said) == CHECKS
    assert [name for name in ENTRIES if section.endpoint(name) is None] == []
    assert section.health == Endpoint(path="/health", json="status")
    assert section.stats == Endpoint(path="/stats")
    assert (section.resources, section.logs, section.skip) == (Limits(), Patterns(), ())


def _members(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def test_every_default_of_the_section_is_documented() -> None:
    table = {words(cells[0])[0]: cells[1] for cells in keys_of_the_section()}
    section = Section.model_validate({"test": {}, "migrate": {"command": ["true"]}})
    for name in ("target", "reports"):
        assert table[f"test.{name}"] == f"`{getattr(section.test, name)}`"
    for name in ("skip", "checks"):
        assert table[f"smoke.{name}"] == "`[]`"
        assert getattr(section.smoke, name) == ()
    assert table["database"] == f"`{str(section.database).lower()}`"
    assert table["migrate.command"] == "required"


def test_every_check_can_be_skipped() -> None:
    [row] = [c for c in keys_of_the_section() if c[0] == "`smoke.skip`"]
    assert tuple(words(row[2])) == CHECKS == SmokeCheck.__args__


def test_every_label_is_documented_with_its_default() -> None:
    table = {words(cells[0])[0]: cells[1] for cells in rows(CONFIGURATION.section("Labels"))}
    bare = read_application({"services": {"web": {"labels": {"deployment.group": "agent"}}}}, "agent")
    [service] = bare.services
    assert table == {
        "deployment.group": "none",
        "deployment.service": "the service's name",
        "deployment.critical": f'`"{str(service.critical).lower()}"`',
        "deployment.rollback-enabled": f'`"{str(service.rollback_enabled).lower()}"`',
    }
    assert service.label == "web"


def test_the_example_answers_pass_the_checks() -> None:
    health, stats = (Answer(200, json.loads(text), text, 3) for text in CONFIGURATION.blocks("json"))
    asked = Endpoint(json="status")
    results = [judge_health(health, asked), judge_stats(stats)]
    results += [judge_entry(name, health) for name in ENTRIES]
    assert [result for result in results if not result.ok] == []
