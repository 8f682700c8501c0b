"""Takes secrets out of text before it is shown, logged, stored or sent."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

MASK = "***"
LONGEST_FORM = 4096
"""No form of a secret that is looked for is longer, in characters: so much context makes a cut safe."""

_SHORTEST = 6  # shorter values would tear holes into ordinary words
_SHORTEST_LINE = 8  # of a secret of several lines, such as a private key
_PIECE = 256  # longer values are looked for piece by piece, which bounds the length of their forms
_SECRET_KEY = re.compile(
    r"(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_KEY|API_KEY|PROXY|(ACCESS|ACCOUNT)_KEY|_PASS2?|^RCLONE_CONFIG_\w+_KEY)$",
    re.IGNORECASE,
)
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n|\\n")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_FRAME = "-----"  # of a key's first and last line
_FULL_BITS = 6  # of a base64 character


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values of variables whose names say that they are secret, and the passwords in URLs."""
    found = []
    for key, value in environment.items():
        if _SECRET_KEY.search(key):
            found.append(value)
        if _URL.match(value):
            found += password_in(value)
    return found


def password_in(url: str) -> list[str]:
    """The password of a URL as it is written and as it is meant; none where there is none."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return []
    return list(dict.fromkeys([password, unquote(password)])) if password else []


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Replaces each secret by `***`: as it is, URL-encoded in any style, in base64 (also inside a longer
    encoded text, also URL-safe), and as JSON and HTML write it. Of a secret with several lines each line
    of eight or more characters counts. A text never grows.
    """
    forms = {form for secret in secrets for piece in _pieces(secret) for form in _forms(piece)}
    if not forms:
        return lambda text: text
    pattern = re.compile("|".join(sorted(forms, key=lambda form: (-len(form), form))))
    return lambda text: pattern.sub(MASK, text)


def _pieces(secret: str) -> Iterator[str]:
    whole = [secret] if len(secret.strip()) >= _SHORTEST else []
    lines = [line.strip() for line in _LINE_END.split(secret)]
    long = [line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith(_FRAME)]
    for part in dict.fromkeys([*whole, *(long if len(lines) > 1 else [])]):
        count = -(-len(part) // _PIECE)
        size = -(-len(part) // count)
        yield from (part[start : start + size] for start in range(0, len(part), size))


def _forms(piece: str) -> Iterator[str]:
    """Patterns of one piece. Each begins with a literal, by which the search finds its places quickly."""
    yield from _url(piece)
    for other in (json.dumps(piece), json.dumps(piece, ensure_ascii=False)):
        if other[1:-1] != piece:
            yield re.escape(other[1:-1])
    for quoted in (html.escape(piece, quote=False), html.escape(piece)):
        if quoted != piece:
            yield re.escape(quoted)
    data = piece.encode(errors="surrogatepass")
    for before in range(3):
        yield from _base64(data, before)


def _url(text: str) -> Iterator[str]:
    """The text with any of its characters percent-encoded, in either case of the digits."""
    rest = "".join(_character(char) for char in text[1:])
    for first in _spellings(text[0]):
        yield first + rest


def _character(char: str) -> str:
    spellings = _spellings(char)
    return spellings[0] if len(spellings) == 1 else f"(?:{'|'.join(spellings)})"


def _spellings(char: str) -> list[str]:
    if _UNRESERVED.fullmatch(char):
        return [re.escape(char)]
    encoded = "".join(f"%{_digits(byte)}" for byte in char.encode(errors="surrogatepass"))
    return [re.escape(char), encoded, *([r"\+"] if char == " " else [])]


def _digits(byte: int) -> str:
    return "".join(digit if digit.isdigit() else f"[{digit}{digit.lower()}]" for digit in f"{byte:02X}")


def _base64(data: bytes, before: int) -> Iterator[str]:
    """What of the encoded text is sure when `before` bytes, modulo three, stand before the data.

    The characters at both ends that depend on what stands beside it are left out of the search; what
    follows the last sure one is taken along.
    """
    encoded = base64.b64encode(bytes(before) + data).decode()
    bits = 8 * (before + len(data))
    sure = encoded[-(-8 * before // _FULL_BITS) : bits // _FULL_BITS]
    rest = "[A-Za-z0-9+/_-]?" if bits % _FULL_BITS else ""
    for form in (sure, sure.translate(str.maketrans("+/", "-_"))):
        yield from (f"{pattern}{rest}" for pattern in _url(form))
