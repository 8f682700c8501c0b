"""A resolved compose file read as an application: which services a run switches, and how they are built."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.containers.build import STEERING
from pipeline.model.errors import ConfigurationError
from pipeline.project.section import SECTION, Section, read_section

_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class BuildSecret:
    """What build steps read at /run/secrets/`id`: from a file, or from a variable of the worker."""

    id: str
    file: str | None = None
    variable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Build:
    """`context` is a directory or URL as compose resolved it; `dockerfile` is relative to it."""

    context: str
    dockerfile: str
    target: str | None
    args: Mapping[str, str]
    secrets: tuple[BuildSecret, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service that a run switches, with what its `deployment.*` labels say."""

    name: str
    label: str
    image: str | None
    build: Build | None
    critical: bool
    rollback_enabled: bool

    def repository(self, base: str, alone: bool) -> str:
        """Under which name its images are kept: that of its `image`, else the base name."""
        if self.image:
            head, _, tail = self.image.partition("@")[0].rpartition("/")
            name = tail.partition(":")[0]
            return f"{head}/{name}" if head else name
        return base if alone else f"{base}-{self.name}"


@dataclass(frozen=True, kw_only=True)
class Application:
    """`services` are those of the group, in the file's order; `networks` are the names of those that compose
    makes for the file where they are not there."""

    services: list[Service]
    section: Section
    networks: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [service.name for service in self.services]

    def tested(self) -> Service | None:
        """The service whose Dockerfile has the tests."""
        wanted = self.section.test.service if self.section.test else None
        return self._one("x-pipeline.test.service", wanted, [s for s in self.services if s.build])

    def migrated(self) -> Service | None:
        """The service whose new image carries the migrations."""
        wanted = self.section.migrate.service if self.section.migrate else None
        return self._one("x-pipeline.migrate.service", wanted, self.services)

    def _one(self, key: str, wanted: str | None, among: list[Service]) -> Service | None:
        if wanted is None:
            return among[0] if among else None
        for service in among:
            if service.name == wanted:
                return service
        raise ConfigurationError(key, repr(wanted), ", ".join(s.name for s in among) or "no service fits")


def read_application(config: Mapping[str, Any], group: str) -> Application:
    """`config` is the output of `compose config --format json`. Raises ConfigurationError."""
    services = []
    groups = set()
    for name, raw in config.get("services", {}).items():
        labels: Mapping[str, str] = raw.get("labels") or {}
        found = labels.get("deployment.group")
        if found:
            groups.add(found)
        if found == group:
            services.append(_service(name, raw, labels, config.get("secrets") or {}))
    if not services:
        allowed = (
            f"a deployment.group label of the compose file: {', '.join(sorted(groups)) or 'there is none'}"
        )
        raise ConfigurationError("DEPLOYMENT_GROUP", repr(group), allowed)
    application = Application(
        services=services, section=_section(config, group), networks=tuple(_networks(config))
    )
    application.tested()
    application.migrated()
    _check_services(application, config["services"])
    return application


def _networks(config: Mapping[str, Any]) -> Iterator[str]:
    for network in (config.get("networks") or {}).values():
        if not network.get("external"):
            yield network["name"]


def _section(config: Mapping[str, Any], group: str) -> Section:
    """That of the group, `x-pipeline-GROUP`, where the file has one."""
    key = next((key for key in (f"{SECTION}-{group}", SECTION) if key in config), SECTION)
    return read_section(_literal(config.get(key)), key)


def _check_services(application: Application, services: Collection[str]) -> None:
    for number, check in enumerate(application.section.smoke.checks):
        if check.service is not None and check.service not in services:
            key = f"x-pipeline.smoke.checks.{number}.service"
            raise ConfigurationError(key, repr(check.service), ", ".join(services))


def _service(
    name: str, raw: Mapping[str, Any], labels: Mapping[str, str], secrets: Mapping[str, Any]
) -> Service:
    return Service(
        name=name,
        label=labels.get("deployment.service", name),
        image=raw.get("image"),
        build=_build(name, raw.get("build"), secrets),
        critical=_flag(name, labels, "deployment.critical"),
        rollback_enabled=_flag(name, labels, "deployment.rollback-enabled"),
    )


def _build(service: str, raw: Mapping[str, Any] | None, secrets: Mapping[str, Any]) -> Build | None:
    if not raw:
        return None
    args = {key: str(_literal(value)) for key, value in (raw.get("args") or {}).items() if value is not None}
    if steering := next((name for name in sorted(args) if STEERING.match(name)), None):
        raise ConfigurationError(
            f"services.{service}.build.args",
            f"{steering}, a variable that steers the docker command line itself",
            "any other name",
        )
    return Build(
        context=raw["context"],
        dockerfile=raw.get("dockerfile") or "Dockerfile",
        target=raw.get("target"),
        args=args,
        secrets=tuple(_secret(service, named, secrets) for named in raw.get("secrets") or []),
    )


def _secret(service: str, named: Mapping[str, Any], secrets: Mapping[str, Any]) -> BuildSecret:
    source = named["source"]
    raw = secrets.get(source) or {}
    if not raw.get("file") and not raw.get("environment"):
        raise ConfigurationError(
            f"services.{service}.build.secrets",
            f"{source!r}, whose value is neither in a file nor in a variable",
            f"a secret with file: or environment: (secrets.{source})",
        )
    return BuildSecret(
        id=named.get("target") or source,
        file=_literal(raw.get("file")),
        variable=_literal(raw.get("environment")),
    )


def _flag(service: str, labels: Mapping[str, str], key: str) -> bool:
    value = labels.get(key, "true")
    if value not in _TRUTH:
        raise ConfigurationError(f"services.{service}.labels.{key}", repr(value), "true or false")
    return _TRUTH[value]


def context_in(source: Path, build: Build, installation: Path, commits_file: Path | None) -> Path:
    """Where to build in the exported commit.

    A compose file of the commit itself (`commits_file`) names its context relative to where it lies; one
    that lies only in the installation says how to build, and the whole commit is the context.
    Raises ConfigurationError.
    """
    if commits_file is None:
        return source
    context = Path(os.path.normpath(commits_file.parent / os.path.relpath(build.context, installation)))
    if not Path(build.context).is_absolute() or not context.is_relative_to(source):
        raise ConfigurationError("build.context", repr(build.context), "a directory inside the repository")
    return context


def _literal(value: Any) -> Any:
    """As it was meant: `compose config` prints each `$` twice, so that its output can be read again."""
    match value:
        case str():
            return value.replace("$$", "$")
        case list():
            return [_literal(item) for item in value]
        case dict():
            return {key: _literal(item) for key, item in value.items()}
        case _:
            return value
