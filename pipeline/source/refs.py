"""Names of branches and commits, and text that people wrote into a repository."""

from __future__ import annotations

import re
import unicodedata

SHORTEST_SHA = 7

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_SHA = re.compile(rf"[0-9a-f]{{{SHORTEST_SHA},40}}")
_NOT_IN_REFS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_branch(name: str) -> bool:
    """Whether git accepts the name for a branch: the rules of git-check-ref-format(1), `--branch`,
    and not `@`, which git takes for HEAD."""
    if not name or name.startswith(("-", "/")) or name.endswith(("/", ".")) or name in ("@", "HEAD"):
        return False
    if _NOT_IN_REFS.search(name):
        return False
    return not any(part.startswith(".") or part.endswith(".lock") for part in name.split("/"))


def is_sha(text: str) -> bool:
    """Whether it is a full SHA-1 in lower case."""
    return _FULL_SHA.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    """Whether it is a full SHA-1 or SHA-256 in lower case; all zeros stand for nothing."""
    return _OBJECT_NAME.fullmatch(text) is not None


def is_ref(name: str) -> bool:
    """Whether it is a whole name as a push moves it, such as refs/heads/main."""
    return name.startswith("refs/") and is_branch(name.removeprefix("refs/"))


def is_short_sha(text: str) -> bool:
    """Whether it is 7 to 40 digits of a SHA-1 in lower case."""
    return _SHORT_SHA.fullmatch(text) is not None


def plain(data: bytes) -> str:
    """One line of text out of hostile bytes: no control characters, no reversal of writing direction."""
    text = data.decode(errors="replace")
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in text
        if character not in _BIDI
    ).strip()
