"""Takes secrets out of text before it is shown, logged or stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

_SHORTEST = 6  # shorter values would tear holes into ordinary words
_SECRET_KEY = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_KEY|API_KEY|PROXY)$", re.IGNORECASE)
MASK = "***"


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values of variables whose names say that they are secret."""
    return [value for key, value in environment.items() if _SECRET_KEY.search(key)]


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Replaces each secret, as it is and URL-encoded, by `***`."""
    forms = {
        form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))
    }
    if not forms:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: pattern.sub(MASK, text)
