"""One-time codes (RFC 6238): which one a code is, and which messages hold one. Pure."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

STEP_SECONDS = 30
WINDOW = (0, -1, 1)
"""Steps around now that count: a phone's clock may be off by as much."""

_LENGTH = 6
_CODE = re.compile(r"^[0-9]{6}$")
_APPROVE = re.compile(r"/approve(@\w+)?", re.IGNORECASE)
_OVERRIDE = re.compile(r"\boverride\b", re.IGNORECASE)
_FIRST = re.compile(r"\s*[0-9]+\s+")
_DIGITS = re.compile(r"\d+")
_LIKE_A_CODE = re.compile(r"(?<!\S)[0-9]{3}\s?[0-9]{3,7}(?!\S)")
_ALONE = re.compile(r"\s*[0-9]{3}\s?[0-9]{3}\s*")


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
    return without_code(text or "") != (text or "")


def without_code(text: str) -> str:
    """What may be kept of a message."""
    if _ALONE.fullmatch(text):
        return "***"
    command = _APPROVE.match(text)
    return command[0] + hidden(text[command.end() :]) if command else text


def hidden(words: str) -> str:
    """What may be shown of the words behind /approve, readable or not: six digits may be a code, however they
    are grouped. The number of a run that goes before them stays, and so do numbers in a reason."""
    reason = _OVERRIDE.search(words)
    at = reason.start() if reason else len(words)
    first, said = words[:at], _LIKE_A_CODE.sub("***", words[at:])
    run = _FIRST.match(first)
    if run and _may_be_a_code(first[run.end() :]):
        return run[0] + _DIGITS.sub("***", first[run.end() :]) + said
    return (_DIGITS.sub("***", first) if _may_be_a_code(first) else first) + said


def _may_be_a_code(words: str) -> bool:
    return sum(map(len, _DIGITS.findall(words))) >= _LENGTH
