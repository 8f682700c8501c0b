"""What differs between two resolved compose files, by the names of keys: values may be secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any], services: Sequence[str]) -> list[str]:
    """Such as `services.app.environment.MODE: changed`, for the services named and what all share."""
    old, new = dict(_leaves(_relevant(before, services))), dict(_leaves(_relevant(after, services)))
    words = dict.fromkeys(new.keys() - old.keys(), "added")
    words |= dict.fromkeys(old.keys() - new.keys(), "removed")
    words |= {key: "changed" for key in old.keys() & new.keys() if old[key] != new[key]}
    return [f"{key}: {word}" for key, word in sorted(words.items())]


def _relevant(config: Mapping[str, Any], services: Sequence[str]) -> dict[str, Any]:
    found = config.get("services") or {}
    return {
        "services": {name: found[name] for name in services if name in found},
        **{key: config[key] for key in ("networks", "volumes", "x-pipeline") if key in config},
    }


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
