"""What the environment says of one project beside the first one: `SHOP__GIT_URL` is the GIT_URL of `shop`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from pipeline.model.errors import ConfigurationError

CONTROLLER = "controller"
"""The project that is this program itself: its bot and its worker, switched by a hand-over."""

NAME_OF_A_PROJECT = r"^[a-z0-9][a-z0-9_.-]{0,62}$"

_OWN = frozenset(
    {
        "API_URL",
        "AUTO_APPROVE_PATHS",
        "COVERAGE_THRESHOLD",
        "DB_NAME",
        "DEPLOYMENT_GROUP",
        "DEPLOYMENT_TIMEOUT",
        "DIGEST_CRON",
        "DOCKER_COMPOSE_FILE",
        "DOCKER_IMAGE_BASE",
        "GIT_BRANCH",
        "GITHUB_REPOSITORY",
        "GIT_URL",
        "ROLLBACK_DRILL_CRON",
    }
)
"""Each project has these for itself: they are not taken over from the first one."""

_SHARED = frozenset(
    {
        "ALERTS_TOPIC",
        "APPROVAL_MINUTES",
        "BACKUP_ALERT_HOURS",
        "BACKUP_COUNT",
        "BACKUP_CRON",
        "BACKUP_DAYS",
        "BACKUP_GFS",
        "BACKUP_TIMEOUT",
        "BACKUP_TO_CHAT",
        "BUILD_TIMEOUT",
        "COMPOSE_PROJECT_NAME",
        "COVERAGE_NOT_BELOW_LIVE",
        "DRILL_CRON",
        "FREEZE",
        "GIT_POLL_JITTER",
        "GIT_POLL_SECONDS",
        "KEEP_RELEASES",
        "PROBATION_MINUTES",
        "PROVEN_ALERT_DAYS",
        "PUSH_MODE",
        "REHEARSE",
        "RUNS_TOPIC",
        "SIDE_BY_SIDE",
        "SMOKE_ATTEMPTS",
        "SMOKE_DELAY",
        "STARTUP_WAIT",
        "TELEGRAM_CHAT_ID",
        "TEST_TIMEOUT",
        "TWO_PERSONS",
    }
)
"""A project may have these for itself; where it does not say so, those of the first one count."""

_OF_THE_CONTROLLER = {
    "API_URL": "http://bot:8080",
    "DEPLOYMENT_TIMEOUT": "45",
    "DIGEST_CRON": "off",
    "DOCKER_COMPOSE_FILE": "docker-compose-vnext.yml",
    "ROLLBACK_DRILL_CRON": "off",
}

_OF_THE_CHAT = frozenset({"ALERTS_TOPIC", "RUNS_TOPIC"})
"""Topics of the first project's chat: a project with a chat for itself does not take them over."""

PER_PROJECT = _OWN | _SHARED


class NoSuchProject(ConfigurationError):
    """One that is not of the installation."""

    def __init__(self, project: str, known: Sequence[str]) -> None:
        self.project = project
        super().__init__("PROJECTS", f"without {project!r}", f"one of {', '.join(known)}")


def key_of(project: str, key: str) -> str:
    """The variable that holds `key` of `project`."""
    return f"{_prefix(project)}{key}"


def project_names(value: str) -> list[str]:
    """The names in PROJECTS. Raises ValueError that says what is allowed."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    prefixes = {_prefix(name) for name in names}
    if len(prefixes) != len(names) or not all(re.fullmatch(NAME_OF_A_PROJECT, name) for name in names):
        raise ValueError(
            "names with commas between them, each of lower-case letters, digits, '-', '_' and '.';"
            " they differ by more than '-', '_' and '.'"
        )
    return names


def of_project(project: str, environment: Mapping[str, str], fields: Collection[str]) -> dict[str, str]:
    """The values of the settings `fields` for a project beside the first one, as text.

    Raises ConfigurationError for a variable of the project that is none of its settings.
    """
    prefix = _prefix(project)
    for name in sorted(environment):
        if name.startswith(prefix) and name.removeprefix(prefix) not in PER_PROJECT:
            allowed = f"a setting that a project may have for itself: {', '.join(sorted(PER_PROJECT))}"
            raise ConfigurationError(name, "set", allowed)
    values = _defaults(project, environment)
    left = _OWN | _OF_THE_CHAT if environment.get(prefix + "TELEGRAM_CHAT_ID", "") else _OWN
    for field in fields:
        key = field.upper()
        own = environment.get(prefix + key, "")
        if key in PER_PROJECT and own:
            values[field] = own
        elif key not in left and environment.get(key, ""):
            values[field] = environment[key]
    return {field: value for field, value in values.items() if field in fields} | {"project_name": project}


def _defaults(project: str, environment: Mapping[str, str]) -> dict[str, str]:
    defaults = {
        "DB_NAME": re.sub(r"[^a-z0-9]", "_", project),
        "DEPLOYMENT_GROUP": project,
        "DOCKER_IMAGE_BASE": project,
    }
    if project == CONTROLLER:
        defaults |= _OF_THE_CONTROLLER
        defaults["DB_NAME"] = environment.get("PIPELINE_DB_NAME") or "pipeline"
    return {key.lower(): value for key, value in defaults.items()}


def _prefix(project: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", project.upper()) + "__"
