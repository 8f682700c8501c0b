"""The checks of a release asked of a copy of it: what leads into the copy, and what is left out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pipeline.model.check_values import Value
from pipeline.model.checks import CHECKS, ENTRIES, Endpoint, OwnCheck, SmokeSection
from pipeline.probe import Answer
from pipeline.smoke.answers import WELL
from pipeline.smoke.endpoints import HEALTH, STATS
from pipeline.smoke.own import url

OUTSIDE = frozenset({"telegram"})
"""Entries of the health answer that need what a copy is cut off from."""

NOT_OF_A_COPY = frozenset({*OUTSIDE, "resources", "logs"})
"""Besides these: the machine is production's, and a log complains of what is cut."""

_OVER_HTTP = frozenset({"health", "stats", *ENTRIES})
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "host.docker.internal"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Door:
    """Where in the copy somebody listens."""

    service: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`section` is what is asked of the copy, `without` its built-in checks that are left out, `left` all
    that are, by name."""

    section: SmokeSection
    without: frozenset[str]
    left: list[str]


def door(host: str, port: int, config: Mapping[str, Any], services: Collection[str]) -> Door | None:
    """Where an address of production leads in the copy: a service by its name, or by a port that it
    publishes. `config` is production's. None where it leads out."""
    for name in services:
        raw = config["services"][name]
        networks = (raw.get("networks") or {}).values()
        aliases = [alias for network in networks for alias in (network or {}).get("aliases") or []]
        if host in (name, raw.get("container_name"), raw.get("hostname"), *aliases):
            return Door(name, port)
        for published in raw.get("ports") or [] if host in _HERE else []:
            if str(published.get("published")) == str(port):
                return Door(name, int(published["target"]))
    return None


def door_of(address: str, config: Mapping[str, Any], services: Collection[str]) -> Door | None:
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return door(parts.hostname, port, config, services) if parts.hostname and port else None


def asked_of_the_copy(
    section: SmokeSection, api_url: str, config: Mapping[str, Any], services: Collection[str]
) -> Asked:
    """How long an answer took is not judged: the copy is asked by a detour, on a machine that does other
    things."""
    without = set(NOT_OF_A_COPY - set(section.skip))
    changes: dict[str, Any] = {}
    for name in CHECKS:
        told = section.endpoint(name)
        path = (told.path if told else None) or (STATS if name == "stats" else HEALTH)
        leads = name not in _OVER_HTTP or door_of(url(api_url, path), config, services) is not None
        if not leads and name not in section.skip:
            without.add(name)
        if isinstance(told, Endpoint):
            changes[name] = told.model_copy(update={"within_ms": None})
    own, left = [], []
    for check in section.checks:
        if _leads_in(check, api_url, config, services):
            own.append(check if check.command else check.model_copy(update={"within_ms": None}))
        else:
            left.append(check.name)
    return Asked(
        section=section.model_copy(update={**changes, "checks": tuple(own)}),
        without=frozenset(without),
        left=[*(name for name in CHECKS if name in without), *left],
    )


def _leads_in(check: OwnCheck, api_url: str, config: Mapping[str, Any], services: Collection[str]) -> bool:
    if check.http is not None:
        return door_of(url(api_url, check.http), config, services) is not None
    if check.tcp is not None:
        return door(*check.target, config, services) is not None
    return check.service is None or check.service in services


def but_for_the_outside(answer: Answer) -> Answer:
    """A health answer that is bad only for entries that need the outside, as it would be with them well."""
    entries = answer.json.get("checks") if isinstance(answer.json, Mapping) else None
    if not isinstance(answer.json, Mapping) or not isinstance(entries, Mapping) or not OUTSIDE & set(entries):
        return answer
    bad = {name for name, entry in entries.items() if _status(entry) not in (*WELL, "disabled")}
    if not bad or not bad <= OUTSIDE:
        return answer
    status: dict[str, Value] = {"status": WELL[0]} if "status" in answer.json else {}
    return replace(answer, status=200, json={**answer.json, **status})


def _status(entry: object) -> object:
    return entry.get("status") if isinstance(entry, Mapping) else entry
