"""What a process runs with, fit to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ToldSetting:
    """`value` is None where it is not set; of a secret it only says `set`. `default`: nobody chose it."""

    key: str
    value: str | None
    default: bool
    secret: bool = False
