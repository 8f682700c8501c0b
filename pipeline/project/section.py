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
from pipeline.model.release import Undoing
from pipeline.project.migrations import PATHS

SECTION = "x-pipeline"
"""The key of the section; with a dash and a group behind it, of that group's own."""

REVISION = "{revision}"
"""In x-pipeline.migrate.down: where the revision to go to is put."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_SuiteName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_Words = Annotated[list[str], Field(min_length=1)]
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

    `revision` tells the schema's revision: a query in the application's database, or a command as a list,
    which runs as `command` does and prints it as its last line. `paths` are patterns of the files that are
    migrations. `down` undoes: it runs in the image of the release that is left, with {revision} replaced by
    the one to go to. `harmless` declares that the code before works with the schema after.
    """

    service: str | None = None
    command: Annotated[list[str], Field(min_length=1)]
    revision: str | _Words | None = None
    paths: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)] = list(PATHS)
    down: Annotated[list[str], Field(min_length=1)] | None = None
    harmless: StrictBool = False

    @field_validator("revision", mode="before")
    @classmethod
    def _query_or_command(cls, value: Any) -> Any:
        words = value if isinstance(value, list) and value else [value]
        if value is None or all(isinstance(word, str) and word.strip() for word in words):
            return value
        raise ValueError("a query as text, or a command as a list of words")

    @field_validator("down")
    @classmethod
    def _goes_to_a_revision(cls, down: list[str] | None, info: ValidationInfo) -> list[str] | None:
        if down and not any(REVISION in word for word in down):
            raise ValueError(f"a command with {REVISION}, which is replaced by the revision to go to")
        if down and info.data.get("revision") is None:
            raise ValueError("migrate.down only beside migrate.revision, which tells whether it went well")
        return down

    @field_validator("harmless")
    @classmethod
    def _nothing_to_undo(cls, harmless: bool, info: ValidationInfo) -> bool:
        if harmless and info.data.get("down"):
            raise ValueError("migrate.down or migrate.harmless, but not both")
        return harmless

    @property
    def query(self) -> str | None:
        return self.revision if isinstance(self.revision, str) else None

    @property
    def telling(self) -> list[str] | None:
        """The command that prints the revision."""
        return self.revision if isinstance(self.revision, list) else None

    @property
    def undoing(self) -> Undoing | None:
        if self.harmless:
            return Undoing.HARMLESS
        return Undoing.DOWN if self.down else None

    def down_to(self, revision: str) -> list[str]:
        """The command that takes the schema down to it."""
        return [word.replace(REVISION, revision) for word in self.down or []]


class Section(_Section):
    """`database` is false for an application that keeps nothing in DB_NAME."""

    database: StrictBool = True
    test: TestSection | None = None
    migrate: MigrateSection | None = None
    smoke: SmokeSection = SmokeSection()

    @property
    def undoing(self) -> Undoing | None:
        return self.migrate.undoing if self.migrate else None


def read_section(value: Any, name: str = SECTION) -> Section:
    """`value` as compose resolved it; None for a file without the section. Raises ConfigurationError."""
    try:
        section = Section.model_validate(value or {})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([name, *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(key, "not a key of this section", _keys(first["loc"])) from None
        if first["type"] == "missing":
            raise ConfigurationError(key, "missing", "a value, see docs/configuration.md") from None
        said = first["msg"].removeprefix("Value error, ")
        found = _CREDENTIALS.sub("***@", repr(first["input"]))
        raise ConfigurationError(key, found, said[:1].lower() + said[1:]) from None
    if section.migrate and section.migrate.revision and not section.database:
        key, allowed = f"{name}.migrate.revision", f"none where {name}.database is false"
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
