"""The values that stand in `x-pipeline.smoke`, each with what is allowed for it."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.model import json_path

Value = bool | int | float | str

_TARGET = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})")
_MOST_PORT = 65_535
_MOST_NAME = 60
PLACE = "a path that begins with /, or an http(s) URL"


def _address(value: str) -> str:
    try:
        url = urlsplit(value)
        whole = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is none
        whole = False
    if not re.fullmatch(r"\S+", value) or not (whole or value.startswith("/")):
        raise ValueError(PLACE)
    return value


def _path(value: str) -> str:
    json_path.steps(value)
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return value


def _target(value: str) -> str:
    match = _TARGET.fullmatch(value)
    if match is None or not 1 <= int(match[2]) <= _MOST_PORT:
        raise ValueError("host:port, with a port from 1 to 65535")
    return value


def _value(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("a text, a number, true or false")  # noqa: TRY004 - pydantic takes a ValueError
    return value


def _name(value: str) -> str:
    if not 1 <= len(value) <= _MOST_NAME or value != value.strip() or not value.isprintable():
        raise ValueError(f"one line of 1 to {_MOST_NAME} characters")
    return value


def _listed(value: Any) -> Any:
    return value if value is None or isinstance(value, list | tuple) else [value]


Address = Annotated[str, AfterValidator(_address)]
JsonPath = Annotated[str, AfterValidator(_path)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Target = Annotated[str, AfterValidator(_target)]
Name = Annotated[str, AfterValidator(_name)]
Milliseconds = Annotated[int, Field(ge=1, le=300_000)]
Statuses = Annotated[
    tuple[Annotated[int, Field(ge=100, le=599)], ...] | None, BeforeValidator(_listed), Field(min_length=1)
]
Values = Annotated[
    tuple[Annotated[Any, AfterValidator(_value)], ...] | None, BeforeValidator(_listed), Field(min_length=1)
]
"""One value, or a list of those that count."""
