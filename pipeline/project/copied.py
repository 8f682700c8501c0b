"""A release's compose file made one for a copy of it, that reaches and changes nothing of production. Pure.

What a service may keep is listed, and all else is cut: a key that is not known here leads nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

KEPT = frozenset(
    {
        *("cap_drop", "command", "configs", "cpu_shares", "cpus", "entrypoint", "environment", "expose"),
        *("group_add", "healthcheck", "init", "mem_limit", "mem_reservation", "memswap_limit", "pids_limit"),
        *("platform", "read_only", "secrets", "shm_size", "stdin_open", "stop_grace_period", "stop_signal"),
        *("sysctls", "tmpfs", "tty", "ulimits", "user", "working_dir"),
    }
)
"""What says how a process runs, and nothing of whom it reaches."""

NETWORK = "copy"
_OWN_RIGHTS = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
"""The capabilities that Docker gives by itself (Docker's documentation, "Runtime privilege")."""

_ON_THE_HOST = (
    *("cgroup", "cgroup_parent", "device_cgroup_rules", "devices", "gpus", "privileged", "runtime"),
)
_SYSTEM = tuple(map(PurePosixPath, ("/dev", "/proc", "/run", "/sys", "/var/lib/docker", "/var/run")))
_NOWHERE = {"dns": ["127.0.0.1"], "dns_opt": ["timeout:1", "attempts:1"], "dns_search": ["."]}
"""A name that is of no container of the copy is asked for inside its own container, where nobody answers."""


@dataclass(frozen=True, kw_only=True)
class Copied:
    """`config` is the compose file of the copy, `cut` says in phrases what it does without."""

    config: dict[str, Any]
    cut: list[str]


def taken_along(config: Mapping[str, Any], group: Collection[str], database: Collection[str]) -> list[str]:
    """The services of the copy: those of the group and what they depend on, but no database server."""
    services, found = config["services"], set[str]()
    waiting = [name for name in services if name in group]
    while waiting:
        name = waiting.pop()
        if name in services and name not in database and name not in found:
            found.add(name)
            waiting += services[name].get("depends_on") or {}
    return [name for name in services if name in found]


def copied(
    config: Mapping[str, Any],
    *,
    images: Mapping[str, str],
    database: Collection[str],
    project: str,
    network: str,
    labels: Mapping[str, str],
    group: Collection[str],
    group_label: tuple[str, str],
) -> Copied:
    """`config` is as compose resolved it; `images` are those of the services of the copy, `database` the
    names that belong to the copy's database alone, `network` an internal one that is there already."""
    cut: list[str] = []
    services = {}
    for name in images:
        raw = config["services"][name]
        cut += _cut_of(name, raw)
        services[name] = {
            **_process(raw),
            **_NOWHERE,
            "image": images[name],
            "pull_policy": "never",
            "restart": "no",
            "logging": {"driver": "json-file"},
            "labels": {**labels, **(dict([group_label]) if name in group else {})},
            "depends_on": {one: how for one, how in (raw.get("depends_on") or {}).items() if one in images},
            "networks": {NETWORK: {"aliases": _aliases(name, raw, database)}},
            "volumes": list(_mounts(raw)),
        }
    if left := [name for name in config["services"] if name not in images and name not in database]:
        cut.append(f"not started: {', '.join(left)}")
    for kind in ("secrets", "configs"):
        _without_external(services, config, kind)
    volumes = {
        mount["source"]: {"name": f"{project}_{mount['source']}", "labels": dict(labels)}
        for service in services.values()
        for mount in service["volumes"]
        if mount["type"] == "volume" and mount.get("source")
    }
    if volumes:
        cut.append(f"empty: {', '.join(sorted(volumes))}")
    made = {
        "name": project,
        "services": services,
        "networks": {NETWORK: {"name": network, "external": True}},
        "volumes": volumes,
        **{kind: _files(services, config, kind) for kind in ("secrets", "configs")},
    }
    return Copied(config=made, cut=cut)


def _process(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in raw.items() if key in KEPT}
    if rights := [right for right in raw.get("cap_add") or [] if _right(right) in _OWN_RIGHTS]:
        kept["cap_add"] = rights
    if options := [o for o in raw.get("security_opt") or [] if o.startswith("no-new-privileges")]:
        kept["security_opt"] = options
    limits = ((raw.get("deploy") or {}).get("resources") or {}).get("limits")
    return {**kept, **({"deploy": {"resources": {"limits": limits}}} if limits else {})}


def _right(name: str) -> str:
    return name.upper().removeprefix("CAP_")


def _cut_of(name: str, raw: Mapping[str, Any]) -> Iterator[str]:
    if raw.get("ports"):
        yield f"ports of {name}"
    foreign = [right for right in raw.get("cap_add") or [] if _right(right) not in _OWN_RIGHTS]
    if foreign or any(map(raw.get, _ON_THE_HOST)):
        yield f"rights on the host of {name}"
    for mount in raw.get("volumes") or []:
        if mount.get("type") == "bind" and not mount.get("read_only"):
            word = "left out" if _leads_out(mount["source"]) else "only to be read"
            yield f"{word}: {mount['source']} of {name}"
        elif _is_left_out(mount):
            yield f"left out: {mount.get('source') or mount.get('target')} of {name}"


def _mounts(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Volumes are new ones, folders and files of the host only to be read."""
    for mount in raw.get("volumes") or []:
        if _is_left_out(mount):
            continue
        kept = {key: mount[key] for key in ("type", "source", "target", "tmpfs") if mount.get(key)}
        if mount["type"] == "bind":
            yield {**kept, "read_only": True, "bind": {"create_host_path": False}}
        else:
            yield {**kept, **({"read_only": True} if mount.get("read_only") else {})}


def _is_left_out(mount: Mapping[str, Any]) -> bool:
    kind = mount.get("type")
    return kind not in ("bind", "tmpfs", "volume") or (kind == "bind" and _leads_out(mount["source"]))


def _leads_out(source: str) -> bool:
    """Whether it is a socket, or a folder of the system, or has one in it."""
    path = PurePosixPath(source)
    return path.suffix in (".sock", ".socket") or any(
        path.is_relative_to(system) or system.is_relative_to(path) for system in _SYSTEM
    )


def _aliases(name: str, raw: Mapping[str, Any], database: Collection[str]) -> list[str]:
    """By what others in the copy may call it."""
    told = [raw.get("container_name"), raw.get("hostname")]
    for network in (raw.get("networks") or {}).values():
        told += (network or {}).get("aliases") or []
    return sorted({alias for alias in told if alias and alias != name} - set(database))


def _without_external(services: Mapping[str, Any], config: Mapping[str, Any], kind: str) -> None:
    declared = config.get(kind) or {}
    for service in services.values():
        if kept := [
            one
            for one in service.pop(kind, None) or []
            if not (declared.get(one["source"]) or {}).get("external")
        ]:
            service[kind] = kept


def _files(services: Mapping[str, Any], config: Mapping[str, Any], kind: str) -> dict[str, Any]:
    used = {one["source"] for service in services.values() for one in service.get(kind) or []}
    return {name: raw for name, raw in (config.get(kind) or {}).items() if name in used}
