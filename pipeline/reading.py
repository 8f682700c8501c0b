"""Reads the settings from the environment (`.env.vnext`) before anything starts, and names what is wrong."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import ValidationError

from pipeline.model.errors import ConfigurationError
from pipeline.of_project import PER_PROJECT, NoSuchProject, key_of, of_project, project_names
from pipeline.settings import JournalSettings, WorkerSettings

S = TypeVar("S", bound=JournalSettings)


def read(kind: type[S], project: str | None = None) -> S:
    """The settings of one process from the environment, those of `project` or else of PROJECT_NAME.

    Raises ConfigurationError for the first wrong one, and for a project that is not of the installation.
    """
    first = _read(kind)
    if project is None or project == first.project_name:
        return first
    others = project_names(first.projects or "")
    if project not in others:
        raise NoSuchProject(project, [first.project_name, *others])
    return _of_project(kind, project)


def read_all(kind: type[S]) -> list[S]:
    """The settings of each project of the installation, that of PROJECT_NAME first.

    Raises ConfigurationError for the first wrong one, and where two projects would switch the same services.
    """
    first = _read(kind)
    others = project_names(first.projects or "")
    if first.project_name in others:
        raise ConfigurationError("PROJECTS", repr(first.projects), "names of other projects")
    found = [first, *(_of_project(kind, name) for name in others)]
    _apart(found)
    return found


def _apart(found: Sequence[JournalSettings]) -> None:
    """Raises ConfigurationError where two projects would switch the same services."""
    groups: dict[tuple[str, str], str] = {}
    for settings in found:
        if isinstance(settings, WorkerSettings):
            group = (settings.compose_project_name, settings.deployment_group)
            if (other := groups.setdefault(group, settings.project_name)) != settings.project_name:
                raise ConfigurationError(
                    key_of(settings.project_name, "DEPLOYMENT_GROUP"),
                    repr(settings.deployment_group),
                    f"another group than that of the project {other}",
                )


@contextlib.contextmanager
def its_variables(settings: JournalSettings) -> Iterator[None]:
    """A wrong setting of a project beside the first one is named as its variable is."""
    try:
        yield
    except ConfigurationError as error:
        if not settings.beside_the_first or error.key not in PER_PROJECT:
            raise
        key = key_of(settings.project_name, error.key)
        raise ConfigurationError(key, error.found, error.allowed) from error


def _of_project(kind: type[S], project: str) -> S:
    """Every value is given, so that none is taken that the environment has for the first project."""
    given = of_project(project, os.environ, kind.model_fields)
    values: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        if name in given:
            values[name] = given[name]
        elif field.is_required():
            raise _not_set(name.upper(), project)
        else:
            values[name] = field.default
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _translate(kind, error, project) from None
    except ConfigurationError as error:
        raise ConfigurationError(key_of(project, error.key), error.found, error.allowed) from None


def _read(kind: type[S]) -> S:
    try:
        return kind.model_validate({})
    except ValidationError as error:
        raise _translate(kind, error) from None


def _translate(
    kind: type[JournalSettings], error: ValidationError, project: str | None = None
) -> ConfigurationError:
    first = error.errors()[0]
    field = str(first["loc"][0])
    key = key_of(project, field.upper()) if project else field.upper()
    if first["type"] == "missing":
        return _not_set(field.upper(), project)
    secret = "SecretStr" in str(kind.model_fields[field].annotation)
    found = "set to something else (not shown, it is a secret)" if secret else repr(first["input"])
    return ConfigurationError(key, found, _allowed(first["type"], first.get("ctx", {}), first["msg"]))


def _not_set(key: str, project: str | None) -> ConfigurationError:
    named = key_of(project, key) if project else key
    return ConfigurationError(named, "not set", f"a value; .env.vnext.example explains {key}")


def _allowed(type_: str, context: dict[str, object], message: str) -> str:
    match type_:
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            return f"a number from {context['ge']:g}"
        case "greater_than":
            return f"a number above {context['gt']:g}"
        case "less_than_equal":
            return f"a number up to {context['le']:g}"
        case "int_parsing" | "int_from_float":
            return "a whole number"
        case "float_parsing":
            return "a number"
        case "enum":
            return str(context["expected"])
        case "bool_parsing":
            return "true or false"
        case _:
            return message[:1].lower() + message[1:]
