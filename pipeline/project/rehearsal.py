"""The application's migration beside a copy of its database: its compose file cut down to one service in a
network of its own, and whether it can be led to the copy at all. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PORT = 5432

_DROPPED = (
    "build",
    "container_name",
    "depends_on",
    "dns",
    "external_links",
    "extra_hosts",
    "hostname",
    "ipc",
    "links",
    "mac_address",
    "network_mode",
    "networks",
    "pid",
    "ports",
    "volumes_from",
)
"""What would lead it to others, or others to it."""

_SHARED = re.compile(r"host|none|(?:container|service):.+")
_URL = re.compile(r"(?:jdbc:)?(postgres(?:ql)?(?:\+\w+)?://\S+)", re.IGNORECASE)
_DSN_HOST = re.compile(r"(?:^|\s)host(?:addr)?\s*=\s*'?([^\s']+)")
_DSN_PORT = re.compile(r"(?:^|\s)port\s*=\s*'?(\d+)")
_KEY = re.compile(r"(?:^|_)(?:DB|PG|POSTGRES|POSTGRESQL|DATABASE|SQL)_?(?:\w*_)?(HOST|HOSTADDR|PORT|SERVER)$")
_TLS = re.compile(r"^(?:require|verify-ca|verify-full)$|ssl_?mode=(?:require|verify-ca|verify-full)")
_THIS_MACHINE = frozenset({"localhost", "host.docker.internal", "host-gateway", "gateway.docker.internal"})


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """By what the live server is known: names, addresses, and what is mounted in it."""

    names: Collection[str]
    addresses: Collection[str]
    mounts: Collection[str]


def obstacle(config: Mapping[str, Any], service: str, live: Surroundings) -> str | None:
    """Why the service cannot be led to a copy of its database, in a few words; None where it can."""
    raw = config["services"][service]
    mode = raw.get("network_mode")
    if isinstance(mode, str) and _SHARED.fullmatch(mode):
        return f"service {service} has network_mode {mode}"
    shared = [mount for mount in _sources(config, raw) if mount in live.mounts]
    if shared:
        return f"service {service} and the database share {shared[0]}"
    environment = _environment(raw)
    for host, port in hosts(environment):
        if _is_address(host) or host in _THIS_MACHINE or host.startswith("/"):
            return f"service {service} is told the database by its address {host} and not by a name"
        if port not in (None, PORT):
            return f"service {service} is told the database at port {port}"
    for value in environment.values():
        if any(re.search(rf"(?<![\d.]){re.escape(address)}(?![\d.])", value) for address in live.addresses):
            return f"service {service} is told the database by its address and not by a name"
    if any("ssl" in f"{key}={value}".lower() and _TLS.search(value) for key, value in environment.items()):
        return f"service {service} insists on TLS"
    return None


def aliases(config: Mapping[str, Any], service: str, live: Surroundings, host: str) -> list[str]:
    """The names under which the copy is to be found: all that the live server may be called by."""
    told = [name for name, _ in hosts(_environment(config["services"][service]))]
    return sorted(name for name in {*live.names, *told, host} if name and not _is_address(name))


def cut_down(config: Mapping[str, Any], service: str, image: str, network: str) -> dict[str, Any]:
    """A compose file of nothing but the service with that image, in that network alone, with what it mounts
    only to be read, and without sockets. `config` is as compose resolved it, and so may be read again."""
    raw = {key: value for key, value in config["services"][service].items() if key not in _DROPPED}
    volumes = [_to_be_read(mount) for mount in raw.get("volumes") or [] if not _is_socket(mount)]
    changed = {
        "image": image,
        "pull_policy": "never",
        "restart": "no",
        "healthcheck": {"disable": True},
        "networks": {"rehearsal": None},
        "volumes": volumes,
    }
    shared = {key: config[key] for key in ("name", "volumes", "secrets", "configs") if key in config}
    return {
        **shared,
        "services": {service: {**raw, **changed}},
        "networks": {"rehearsal": {"name": network, "external": True}},
    }


def hosts(environment: Mapping[str, str]) -> list[tuple[str, int | None]]:
    """Hosts and ports of databases that an environment names, each once."""
    return list(dict.fromkeys(_hosts(environment)))


def _hosts(environment: Mapping[str, str]) -> Iterator[tuple[str, int | None]]:
    for key, value in environment.items():
        if url := _URL.search(value):
            yield from _of_url(url[1])
        elif found := _DSN_HOST.search(value):
            port = _DSN_PORT.search(value)
            yield found[1], int(port[1]) if port else None
        elif (named := _KEY.search(key.upper())) and named[1] != "PORT" and value.strip():
            host, _, port_text = value.strip().partition(":")
            yield host, int(port_text) if port_text.isdecimal() else _port(environment, key, named[1])


def _of_url(url: str) -> Iterator[tuple[str, int | None]]:
    try:
        parts = urlsplit(url)
        if parts.hostname:
            yield parts.hostname, parts.port
    except ValueError:
        return


def _port(environment: Mapping[str, str], key: str, word: str) -> int | None:
    """The port that stands beside a host, such as DB_PORT beside DB_HOST."""
    value = environment.get(key[: -len(word)] + ("port" if key.islower() else "PORT"), "")
    return int(value) if value.isdecimal() else None


def _environment(raw: Mapping[str, Any]) -> dict[str, str]:
    found = raw.get("environment") or {}
    return {key: str(value).replace("$$", "$") for key, value in found.items() if value is not None}


def _sources(config: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[str]:
    """Paths and volumes that a service mounts, by the names that Docker knows."""
    declared = config.get("volumes") or {}
    for mount in raw.get("volumes") or []:
        source = mount.get("source")
        if source:
            yield (declared.get(source) or {}).get("name") or source


def _to_be_read(mount: Mapping[str, Any]) -> dict[str, Any]:
    """What others have too is only to be read; an anonymous volume is made anew for each container."""
    return {**mount, "read_only": True} if mount.get("source") else dict(mount)


def _is_socket(mount: Mapping[str, Any]) -> bool:
    return mount.get("type") == "bind" and str(mount.get("source", "")).endswith(".sock")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
