"""The `x-pipeline` section of a compose file: how the application is tested, migrated and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.model.errors import ConfigurationError

SmokeCheck = Literal[
    "health",
    "database",
    "telegram",
    "reactive_worker",
    "proactive_scheduler",
    "stats",
    "resources",
    "logs",
]
_Path = Annotated[str, Field(pattern=r"^/[^\s]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TestSection(_Section):
    """Tests run in a container of the Dockerfile's `target`; `command` replaces the image's own.

    `reports` is the directory in the container where junit.xml and coverage.xml are found afterwards.
    """

    __test__ = False  # its name is the user's word, pytest is not to collect it

    service: str | None = None
    target: str = "test"
    command: list[str] | None = None
    reports: _Path = "/reports"


class MigrateSection(_Section):
    """`command` runs in a one-off container of the new image of `service`.

    `revision` is a query that tells the schema's revision in the application's database.
    """

    service: str | None = None
    command: Annotated[list[str], Field(min_length=1)]
    revision: str | None = None


class SmokeSection(_Section):
    health: _Path = "/health"
    stats: _Path = "/stats"
    skip: list[SmokeCheck] = []


class Section(_Section):
    test: TestSection | None = None
    migrate: MigrateSection | None = None
    smoke: SmokeSection = SmokeSection()


def read_section(value: Any) -> Section:
    """`value` as compose resolved it; None for a file without the section. Raises ConfigurationError."""
    try:
        return Section.model_validate(value or {})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["x-pipeline", *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise ConfigurationError(key, "not a key of this section", _keys(first["loc"])) from None
        if first["type"] == "missing":
            raise ConfigurationError(key, "missing", "a value, see docs/configuration.md") from None
        allowed = first["msg"][:1].lower() + first["msg"][1:]
        raise ConfigurationError(key, repr(first["input"]), allowed) from None


def _keys(location: tuple[int | str, ...]) -> str:
    models: dict[str, type[BaseModel]] = {
        "test": TestSection,
        "migrate": MigrateSection,
        "smoke": SmokeSection,
    }
    model = models.get(str(location[0]), Section) if len(location) > 1 else Section
    return ", ".join(model.model_fields)
