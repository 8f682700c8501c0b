"""One-time codes (RFC 6238): which one a code is, and which messages hold one. Pure."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

STEP_SECONDS = 30
WINDOW = (0, -1, 1)
"""Steps around now that count: a phone's clock may be off by as much."""

_CODE = re.compile(r"^[0-9]{6}$")
_HOLDS = re.compile(r"^/approve(@\w+)?\s", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"(?<!\S)[0-9]{3} ?[0-9]{3,7}(?!\S)")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None for a wrong one. `secret` is in base32."""
    if not _CODE.fullmatch(code):
        return None
    current, totp = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    for offset in WINDOW:
        if strings_equal(totp.generate_otp(current + offset), code):
            return current + offset
    return None


def holds_code(text: str | None) -> bool:
    """Whether the message is one that is not left lying in the chat."""
    return bool(_HOLDS.match(text or "") and _LIKE_A_CODE.search(text or ""))


def without_code(text: str) -> str:
    """What may be kept of a message."""
    return _LIKE_A_CODE.sub("***", text) if holds_code(text) else text
