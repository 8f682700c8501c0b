"""The `x-pipeline` section of a compose file: how the application is tested, migrated and checked."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from pipeline.model.checks import SmokeSection
from pipeline.model.errors import ConfigurationError
from pipeline.project.migrations import PATHS

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_SuiteName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_Path = Annotated[str, Field(pattern=r"^/[^\s]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SuiteSection(_Section):
    """One suite of several: `command` replaces the image's own, `reports` the directory of the section."""

    command: Annotated[list[str], Field(min_length=1)] | None = None
    reports: _Path | None = None


class TestSection(_Section):
    """Tests run in a container of the Dockerfile's `target`, of the service's own image where that is None;
    `command` replaces the image's own. Several `suites` each have a container, `side_by_side` or in turn.

    `reports` is the directory in the container where junit.xml and coverage.xml are found afterwards.
    """

    __test__ = False  # its name is the user's word, pytest is not to collect it

    service: str | None = None
    target: str | None = "test"
    command: list[str] | None = None
    reports: _Path = "/reports"
    suites: dict[_SuiteName, SuiteSection] = {}
    side_by_side: bool = False

    @field_validator("suites")
    @classmethod
    def _one_way_or_the_other(
        cls, suites: dict[str, SuiteSection], info: ValidationInfo
    ) -> dict[str, SuiteSection]:
        if suites and info.data.get("command"):
            raise ValueError("suites with commands of their own, or test.command, but not both")
        return suites

    @property
    def asks_for_target(self) -> bool:
        """Whether the target was named, and is not just the usual one."""
        return "target" in self.model_fields_set

    @property
    def commands(self) -> bool:
        """Whether it says itself what each container runs, so that any image will do."""
        if self.suites:
            return all(suite.command for suite in self.suites.values())
        return bool(self.command)


class MigrateSection(_Section):
    """`command` runs in a one-off container of the new image of `service`.

    `revision` is a query that tells the schema's revision in the application's database; `paths` are patterns
    of the files that are migrations.
    """

    service: str | None = None
    command: Annotated[list[str], Field(min_length=1)]
    revision: str | None = None
    paths: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)] = list(PATHS)


class Section(_Section):
    """`database` is false for an application that keeps nothing in DB_NAME."""

    database: StrictBool = True
    test: TestSection | None = None
    migrate: MigrateSection | None = None
    smoke: SmokeSection = SmokeSection()


def read_section(value: Any) -> Section:
    """`value` as compose resolved it; None for a file without the section. Raises ConfigurationError."""
    try:
        section = Section.model_validate(value or {})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["x-pipeline", *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(key, "not a key of this section", _keys(first["loc"])) from None
        if first["type"] == "missing":
            raise ConfigurationError(key, "missing", "a value, see docs/configuration.md") from None
        said = first["msg"].removeprefix("Value error, ")
        found = _CREDENTIALS.sub("***@", repr(first["input"]))
        raise ConfigurationError(key, found, said[:1].lower() + said[1:]) from None
    if section.migrate and section.migrate.revision and not section.database:
        key, allowed = "x-pipeline.migrate.revision", "no query where x-pipeline.database is false"
        raise ConfigurationError(key, repr(section.migrate.revision), allowed)
    return section


def _keys(location: tuple[int | str, ...]) -> str:
    """The keys of the part of the section that a location lies in."""
    model: type[BaseModel] = Section
    for step in location[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            model = _model(model.model_fields[step].annotation) or model
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part))), None)
