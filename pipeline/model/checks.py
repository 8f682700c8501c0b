"""What a project says about its smoke test: the section `x-pipeline.smoke` as values."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, model_validator

from pipeline.model.check_values import (
    PLACE,
    Address,
    JsonPath,
    Milliseconds,
    Name,
    Pattern,
    Statuses,
    Target,
    Values,
)

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
CHECKS: tuple[SmokeCheck, ...] = get_args(SmokeCheck)
ENTRIES: tuple[SmokeCheck, ...] = ("database", "telegram", "reactive_worker", "proactive_scheduler")
"""The checks that each judge one entry of the health answer."""

FAIL_ON = (
    r"\b(ERROR|CRITICAL|FATAL|Traceback)\b",
    r'"level"\s*:\s*"(error|critical|fatal)"',
    r"\blevel=(error|critical|fatal)\b",
)
"""Log lines that fail a release: the levels as most loggers write them, plain, JSON and logfmt."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wanted(_Said):
    """What an HTTP answer must be. Without `at` (the key `json`) a status that the answer itself tells must
    be well; `within_ms` is the longest it may take."""

    status: Statuses = None
    at: JsonPath | None = Field(default=None, alias="json")
    value: Values = None
    within_ms: Milliseconds | None = None

    @model_validator(mode="after")
    def _value_of_something(self) -> Wanted:
        if self.value is not None and self.at is None:
            raise ValueError("json beside value: the path to the value")
        return self


class Endpoint(Wanted):
    """`path` lies below API_URL or is a whole URL."""

    path: Address | None = None


class Limits(_Said):
    """What the machine must have left, in percent, and the load that each of its cores may have."""

    disk_free_percent: Annotated[float, Field(ge=0, lt=100)] = 5
    memory_available_percent: Annotated[float, Field(ge=0, lt=100)] = 5
    load_per_core: Annotated[float, Field(gt=0, le=10_000)] = 8


class Patterns(_Said):
    """Regular expressions searched in each log line: what fails a release, but for what is known."""

    fail_on: tuple[Pattern, ...] = FAIL_ON
    ignore: tuple[Pattern, ...] = ()


class OwnCheck(Wanted):
    """A check of the project's own: by HTTP, by TCP, or by a command in the container of `service`."""

    name: Name
    http: Address | None = None
    tcp: Target | None = None
    command: Annotated[tuple[StrictStr, ...], Field(min_length=1)] | None = None
    service: str | None = None

    @property
    def target(self) -> tuple[str, int]:
        """Host and port, of a check by TCP."""
        host, _, port = (self.tcp or "").rpartition(":")
        return host.strip("[]"), int(port)

    @model_validator(mode="after")
    def _one_way(self) -> OwnCheck:
        if sum(way is not None for way in (self.http, self.tcp, self.command)) != 1:
            raise ValueError("exactly one of http, tcp and command")
        if self.http is None and (self.status or self.at):
            raise ValueError("status, json and value beside http alone")
        if self.command is None and self.service is not None:
            raise ValueError("service beside command alone")
        return self


def _spelled(short: type[BaseModel], **wanted: str) -> BeforeValidator:
    """`true` and, for an endpoint, its path are short for a mapping."""
    allowed = "true, false or a mapping of its keys"
    if "path" in short.model_fields:
        allowed = f"true, false, {PLACE}, or a mapping of its keys"

    def spell(value: Any) -> Any:
        if value is True:
            return wanted
        if isinstance(value, str) and "path" in short.model_fields:
            return {**wanted, "path": value}
        if value is None or isinstance(value, dict | BaseModel):
            return value
        raise ValueError(allowed)

    return BeforeValidator(spell)


def _named_apart(checks: tuple[OwnCheck, ...]) -> tuple[OwnCheck, ...]:
    names = [*CHECKS, *(check.name for check in checks)]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(
            f"checks of different names, none of them a built-in one's ({double} is there twice)"
        )
    return checks


_Health = Annotated[Endpoint | None, _spelled(Endpoint, json="status")]
_Endpoint = Annotated[Endpoint | None, _spelled(Endpoint)]


def _below(endpoint: Endpoint | None) -> bool:
    """Whether it lies below API_URL, as what was not spoken of does."""
    return endpoint is None or endpoint.path is None or endpoint.path.startswith("/")


class SmokeSection(_Said):
    """A check over HTTP that is None was not spoken of: it counts where the application offers it. What
    was spoken of is required. `false` for a check means the same as its name in `skip`."""

    health: _Health = None
    database: _Endpoint = None
    telegram: _Endpoint = None
    reactive_worker: _Endpoint = None
    proactive_scheduler: _Endpoint = None
    stats: _Endpoint = None
    resources: Annotated[Limits, _spelled(Limits)] = Limits()
    logs: Annotated[Patterns, _spelled(Patterns)] = Patterns()
    skip: tuple[SmokeCheck, ...] = ()
    checks: Annotated[tuple[OwnCheck, ...], AfterValidator(_named_apart)] = ()

    def endpoint(self, name: SmokeCheck) -> Endpoint | None:
        """What the project says of a check over HTTP."""
        found = getattr(self, name)
        return found if isinstance(found, Endpoint) else None

    @property
    def asks_api_url(self) -> bool:
        """Whether a check asks at API_URL, and not only at whole URLs of its own."""
        at_health = _below(self.health)
        if "health" not in self.skip and at_health:
            return True
        for name in (*ENTRIES, "stats"):
            said = self.endpoint(name)
            if name in self.skip or (said is None and "health" in self.skip):
                continue
            own = name == "stats" or (said is not None and said.path is not None)
            if _below(said) if own else at_health:
                return True
        return any(check.http is not None and check.http.startswith("/") for check in self.checks)

    @model_validator(mode="before")
    @classmethod
    def _switched_off(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        off = [name for name in CHECKS if value.get(name) is False]
        kept = {key: said for key, said in value.items() if key not in off}
        skip = value.get("skip", [])
        return {**kept, "skip": [*skip, *off]} if off and isinstance(skip, list) else kept
