"""Settings from the environment (`.env.vnext`): what each process has, and what is allowed. `reading.py`
reads them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.forges import ForgeSettings
from pipeline.freeze import Freeze
from pipeline.limits import WatchSettings
from pipeline.model.errors import ConfigurationError
from pipeline.model.moment import zone_named
from pipeline.model.recipients import ALLOWED, recipients
from pipeline.model.rotation import Policy
from pipeline.model.states import Rehearse
from pipeline.of_project import NAME_OF_A_PROJECT, project_names
from pipeline.offsite import Place, place
from pipeline.people import PeopleSettings
from pipeline.push_settings import PushSettings
from pipeline.quiet import Quiet
from pipeline.redact import password_in
from pipeline.schedule_settings import ScheduleSettings
from pipeline.source import check_url, is_branch
from pipeline.store.connect import Address

_URL = TypeAdapter(AnyHttpUrl)
_TOKEN = re.compile(r"^\d{3,}:[A-Za-z0-9_-]{30,}$")
_PROXY = re.compile(r"^(https?|socks5|socks4)://[^\s/]+$")
_NAME = re.compile(NAME_OF_A_PROJECT)
_GFS = re.compile(r"^[0-9]{1,3},[0-9]{1,3},[0-9]{1,3}$")
_IMAGE = re.compile(r"^[a-z0-9][a-z0-9._/:-]{0,199}$")


def _matches(pattern: re.Pattern[str], allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


def _http_url(value: str) -> str:
    try:
        return str(_URL.validate_python(value)).rstrip("/")
    except ValidationError:
        raise ValueError("a URL that starts with http:// or https://") from None


def _token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("a bot token as BotFather gives it: digits, a colon, then 30 or more letters")
    return value


def _branch(value: str) -> str:
    if not is_branch(value):
        raise ValueError("the name of a branch as git accepts it")
    return value


def _proxy(value: SecretStr) -> SecretStr:
    if not _PROXY.fullmatch(value.get_secret_value()):
        raise ValueError("a proxy such as socks5://user:password@host:1080 or http://host:3128")
    return value


def _recipients(value: str) -> str:
    try:
        recipients(value)
    except ValueError as error:  # names the wrong one; the whole list may hold what is not to be shown
        raise ConfigurationError("BACKUP_RECIPIENTS", str(error), ALLOWED) from None
    return value


def _freeze(value: str) -> str:
    Freeze(value)
    return value


def _quiet(value: str) -> str:
    Quiet(value)
    return value


def _zone(value: str) -> str:
    zone_named(value)
    return value


def _projects(value: str) -> str:
    project_names(value)
    return value


def _place(value: SecretStr) -> SecretStr:
    place(value.get_secret_value())
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Name = Annotated[str, _matches(_NAME, "lower-case letters, digits, '-', '_' and '.', at most 63")]


class _Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)


class JournalSettings(_Settings):
    """What bot, worker and command line share."""

    db_host: str = "postgres"
    db_port: Annotated[int, Field(ge=1, le=65535)] = 5432
    db_name: Annotated[str, Field(min_length=1, max_length=63)] = "server_agent"
    db_user: Annotated[str, Field(min_length=1, max_length=63)] = "agent"
    db_password: SecretStr
    pipeline_db_name: Annotated[str, Field(min_length=1, max_length=63)] = "pipeline"
    project_name: Name = "server-agent-vnext"
    projects: Annotated[str, AfterValidator(_projects)] | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    git_url: Annotated[str, AfterValidator(check_url)]
    git_branch: Annotated[str, Field(max_length=200), AfterValidator(_branch)] = "main"
    freeze: Annotated[str, AfterValidator(_freeze)] = "off"

    @property
    def secrets(self) -> list[str]:
        """What may appear in no text: the values of secret settings, and passwords in URLs."""
        values = [getattr(self, name) for name in type(self).model_fields]
        hidden = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        shown = [value for value in values if isinstance(value, str)]
        return [*hidden, *(found for url in [*hidden, *shown] for found in password_in(url))]

    @property
    def beside_the_first(self) -> bool:
        """Whether they are of a project of PROJECTS, whose variables have its name before them."""
        return self.project_name in project_names(self.projects or "")

    @property
    def zone(self) -> ZoneInfo:
        """In which times are shown, and those of schedules, FREEZE and QUIET_HOURS meant."""
        return zone_named(self.time_zone)

    @property
    def freezes(self) -> Freeze:
        return Freeze(self.freeze, self.zone)

    @property
    def journal(self) -> Address:
        return self._address(self.pipeline_db_name)

    @property
    def application(self) -> Address:
        """The application's own database, on the same server."""
        return self._address(self.db_name)

    def application_named(self, database: str) -> Address:
        """A copy of the application's database beside it."""
        return self._address(database)

    def _address(self, database: str) -> Address:
        return Address(
            host=self.db_host,
            port=self.db_port,
            user=self.db_user,
            password=self.db_password.get_secret_value(),
            database=database,
        )


class BotSettings(ForgeSettings, ScheduleSettings, PeopleSettings, PushSettings, JournalSettings):
    telegram_api_token: Annotated[SecretStr, AfterValidator(_token)]
    telegram_api_url: HttpUrl = "https://api.telegram.org"
    telegram_proxy: Annotated[SecretStr, AfterValidator(_proxy)] | None = None
    bot_http_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    quiet_hours: Annotated[str, AfterValidator(_quiet)] = "off"

    @property
    def quiet(self) -> Quiet:
        return Quiet(self.quiet_hours, self.zone)


class WorkerSettings(WatchSettings, JournalSettings):
    """Times in seconds, but for what is named otherwise; COVERAGE_THRESHOLD in percent."""

    docker_image_base: Annotated[str, _matches(_IMAGE, "an image name such as server-agent-vnext")] = (
        "server-agent-vnext"
    )
    docker_compose_file: Path = Path("docker-compose-vnext.yml")
    compose_project_name: Name = "server-agent-vnext"
    deployment_group: Name = "agent"
    api_url: HttpUrl = "http://app:8000"
    coverage_threshold: Annotated[float, Field(ge=0, le=100)] = 70
    coverage_not_below_live: bool = False
    startup_wait: Annotated[float, Field(ge=0, le=3600)] = 10
    deployment_timeout: Annotated[float, Field(gt=0, le=86_400)] = 300
    approval_minutes: Annotated[float, Field(gt=0, le=10_080)] = 30
    probation_minutes: Annotated[float, Field(ge=0, le=240)] = 10
    side_by_side: bool = True
    rehearse: Rehearse = Rehearse.NEW
    smoke_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    smoke_delay: Annotated[float, Field(ge=0, le=600)] = 2
    test_timeout: Annotated[float, Field(gt=0, le=86_400)] = 1800
    build_timeout: Annotated[float, Field(gt=0, le=86_400)] = 1800
    backup_timeout: Annotated[float, Field(gt=0, le=86_400)] = 3600
    backup_days: Annotated[int, Field(ge=1, le=3650)] = 30
    backup_recipients: Annotated[str, AfterValidator(_recipients)] | None = None
    backup_identity: Path | None = None
    backup_count: Annotated[int, Field(ge=0, le=10_000)] = 0
    backup_gfs: Annotated[
        str, _matches(_GFS, "how many days, weeks and months, such as 7,4,12, each from 0 to 999")
    ] = "0,0,0"
    offsite: Annotated[SecretStr, AfterValidator(_place)] | None = None
    backup_to_chat: bool = False
    keep_releases: Annotated[int, Field(ge=0, le=1000)] = 5
    events_days: Annotated[int, Field(ge=1, le=3650)] = 90
    log_days: Annotated[int, Field(ge=1, le=3650)] = 30
    coverage_reports: Annotated[int, Field(ge=1, le=1000)] = 7
    state_dir: Path = Path("/var/lib/vnext")

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom backups are encrypted for; none where they are not."""
        return recipients(self.backup_recipients) if self.backup_recipients else ()

    @property
    def secrets(self) -> list[str]:
        return [*super().secrets, *(self.copies_to.secrets if self.copies_to else [])]

    @property
    def copies_to(self) -> Place | None:
        """Where backups are copied to."""
        return place(self.offsite.get_secret_value()) if self.offsite else None

    @property
    def retention(self) -> Policy:
        daily, weekly, monthly = (int(number) for number in self.backup_gfs.split(","))
        return Policy(
            days=self.backup_days, count=self.backup_count, daily=daily, weekly=weekly, monthly=monthly
        )
