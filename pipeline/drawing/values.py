"""What a picture shows: sent to the process that draws it, as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache

from pydantic import TypeAdapter


class Unit(StrEnum):
    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"
    PERCENT = "percent"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """From `begin` to `end`; `bad` stands on top of `good`."""

    begin: datetime
    end: datetime
    good: int
    bad: int


@dataclass(frozen=True, kw_only=True)
class Curve:
    """`name` stands at its end, where it is not the only one."""

    name: str
    points: list[tuple[datetime, float]]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`value` stands beside the title, `alarm` after it; where there is nothing to draw, `empty` is said."""

    title: str
    unit: Unit
    value: str = ""
    alarm: str = ""
    empty: str = ""
    bars: list[Bar] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Panels one below the other over the same time. Moments have no zone: they are those of the zone that
    people read."""

    title: str
    subtitle: str
    dark: bool
    begin: datetime
    end: datetime
    panels: list[Panel]

    def to_json(self) -> bytes:
        return _adapter().dump_json(self)

    @staticmethod
    def from_json(text: bytes) -> Picture:
        return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Picture]:
    return TypeAdapter(Picture)
