"""For whom backups are encrypted: the public keys that age takes. Pure."""

from __future__ import annotations

import base64
import binascii
import re

_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SSH = ("ssh-ed25519", "ssh-rsa")
_PRIVATE = re.compile(r"AGE-SECRET-KEY-|PRIVATE KEY", re.IGNORECASE)

ALLOWED = (
    "public keys with commas between them: age1… as age-keygen prints them, or ssh-ed25519 or ssh-rsa keys"
)


def recipients(text: str) -> tuple[str, ...]:
    """The keys of a comma-separated list, each once. Raises ValueError with what is wrong with which one, and
    without it where it is a private key."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    for key in found:
        if _PRIVATE.search(key):
            raise ValueError("a private key (not shown), which belongs in no setting")
        if not (_is_ssh(key) if key.startswith("ssh-") else _is_age(key)):
            raise ValueError(f"{key[:80]!r}, which is no key that age can encrypt for")
    if not found:
        raise ValueError("without any key")
    return tuple(dict.fromkeys(found))


def _is_age(key: str) -> bool:
    """Whether the letters are some and their checksum fits: Bech32 as in BIP 173."""
    if not _AGE.fullmatch(key):
        return False
    human, _, data = key.partition("1")
    values = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    values += [_LETTERS.index(letter) for letter in data]
    checked = 1
    for value in values:
        top = checked >> 25
        checked = (checked & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            checked ^= term if top >> bit & 1 else 0
    return checked == 1


def _is_ssh(key: str) -> bool:
    """Whether the key itself is of the kind that stands before it."""
    kind, _, rest = key.partition(" ")
    try:
        raw = base64.b64decode(rest.split(" ", 1)[0], validate=True)
    except binascii.Error:
        return False
    length = int.from_bytes(raw[:4], "big")
    return kind in _SSH and raw[4 : 4 + length] == kind.encode() and len(raw) > 4 + length + 32
