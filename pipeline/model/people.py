"""What settings say of people: their ids, and the secret behind one-time codes. Pure."""

from __future__ import annotations

import base64
import binascii
import re

from pipeline.model.errors import ConfigurationError

_ID = re.compile(r"^[1-9][0-9]{0,15}$")
_SECRET_BYTES = 10
"""The least that RFC 4226 leaves room for is 128 bits; the shortest that common apps make is 80."""


def user_ids(text: str) -> frozenset[int]:
    """`1001, 1002`. Raises ValueError naming what is allowed."""
    words = [word.strip() for word in text.split(",")]
    if not all(_ID.fullmatch(word) for word in words):
        raise ValueError("numeric Telegram ids of people with commas between them, such as 1001,1002")
    return frozenset(int(word) for word in words)


def totp_secret(text: str) -> str:
    """The secret without spaces, in capitals. Raises ValueError."""
    allowed = "base32 of at least 10 bytes: 16 or more of the letters A to Z and digits 2 to 7"
    secret = text.replace(" ", "").upper().rstrip("=")
    try:
        content = base64.b32decode(secret + "=" * (-len(secret) % 8))
    except binascii.Error:
        raise ValueError(allowed) from None
    if len(content) < _SECRET_BYTES:
        raise ValueError(allowed)
    return secret


def check_people(owners: frozenset[int], *, two_persons: bool) -> None:
    """Raises ConfigurationError where nobody could decide, or one person would have to be two."""
    if not owners:
        raise ConfigurationError(
            "OWNERS", "not set while MASTER_CHAT_ID is a group's", "the id of at least one person"
        )
    if two_persons and len(owners) < 2:
        raise ConfigurationError(
            "TWO_PERSONS", "true with one owner", "true with at least two owners (OWNERS), or false"
        )
