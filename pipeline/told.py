"""Settings as they may be told: of a secret only whether it is set."""

from __future__ import annotations

import re

from pipeline.model.told import ToldSetting
from pipeline.redact import MASK, redactor
from pipeline.settings import JournalSettings

_USER = re.compile(r"://[^/@\s]+@")
"""Who is named in a URL; a token may stand there."""


def told(settings: JournalSettings) -> list[ToldSetting]:
    """All of them, in the order of their declaration."""
    redact = redactor(settings.secrets)
    found = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        secret = "SecretStr" in str(field.annotation)
        found.append(
            ToldSetting(
                key=name.upper(),
                value=None if value is None else "set" if secret else redact(_text(value)),
                default=not field.is_required() and value == field.default,
                secret=secret,
            )
        )
    return found


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return _USER.sub(f"://{MASK}@", str(value))
