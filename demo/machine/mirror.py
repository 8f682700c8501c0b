"""Where Debian packages come from on this host, and the same place for another release of Debian.

Everything here is pure except `read_host`: apt prints its index targets, we turn them into source lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from demo.machine.running import MachineError, as_root, run

TARGET_FORMAT = "$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)"
LISTED_MIRROR = "mirror+file:"
CARRIED_OPTIONS = (
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
)


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """The host's Debian archive, its security archive if it has one, and how apt reaches them."""

    archive: str
    security: str | None
    options: tuple[str, ...] = ()

    def sources(self, suite: str) -> list[str]:
        """One-line apt sources for `suite`, its updates and its security fixes."""
        lines = [f"deb {self.archive} {suite} main", f"deb {self.archive} {suite}-updates main"]
        if self.security:
            lines.append(f"deb {self.security} {suite}-security main")
        return lines


def find_uris(targets: str, label: str) -> list[str]:
    """The archives with this label among apt's index targets (one a line, in `TARGET_FORMAT`)."""
    uris: list[str] = []
    for line in targets.splitlines():
        fields = line.strip().split("|")
        if len(fields) == 4 and fields[1:] == ["Debian", label, "main"] and fields[0] not in uris:
            uris.append(fields[0])
    return uris


def carried_options(configuration: str) -> tuple[str, ...]:
    """The lines of `apt-config dump` that decide how a mirror is reached, proxies first of all."""
    kept = []
    for line in configuration.splitlines():
        key, _, value = line.partition(" ")
        if value.strip('";') and any(key == name or key.startswith(f"{name}::") for name in CARRIED_OPTIONS):
            kept.append(line.strip())
    return tuple(kept)


def first_uri(uris: Iterable[str], read: Callable[[str], str]) -> str | None:
    """The first address, looked up in its list file where apt is pointed at a list of mirrors."""
    for uri in uris:
        if not uri.startswith(LISTED_MIRROR):
            return uri
        for line in read(uri.removeprefix(LISTED_MIRROR).rstrip("/")).splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                return line.split()[0]
    return None


def read_host() -> Mirror:
    """Ask apt; raise `MachineError` where the host has no Debian mirror (Ubuntu, for one)."""
    ask = ["apt-get", "indextargets", "--format", TARGET_FORMAT, "Created-By: Packages"]
    targets = run(ask, timeout=30)
    if not find_uris(targets, "Debian"):
        run(as_root(["apt-get", "update"]), timeout=300)
        targets = run(ask, timeout=30)
    archive = first_uri(find_uris(targets, "Debian"), _read_list)
    if archive is None:
        raise MachineError(
            "the base images could not be pulled, and this host's apt knows no Debian mirror to make them "
            "from: let Docker reach its registry, or `docker load` python:3.13-slim-trixie and "
            "postgres:17-trixie, then try again"
        )
    return Mirror(
        archive=archive,
        security=first_uri(find_uris(targets, "Debian-Security"), _read_list),
        options=carried_options(run(["apt-config", "dump"], timeout=30)),
    )


def _read_list(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
