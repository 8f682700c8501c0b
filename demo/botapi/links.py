"""Which link targets Telegram accepts in a text, and how it writes them down."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^(https?|tg|ton|tonsite)://(.*)$", re.IGNORECASE | re.DOTALL)
_BARE_TG = re.compile(r"^tg:(?!//)(.*)$", re.IGNORECASE | re.DOTALL)
_USER_LINK = re.compile(r"^tg:(?://)?user/?\?(.*)$", re.IGNORECASE | re.DOTALL)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\"<>\\^`{|}%!$&'()*+,;=@~\x7f/?#]")
_MAX_USER_ID = (1 << 40) - 1


def user_of(link: str) -> int | None:
    """The user a `tg://user?id=N` link points at; None for every other link."""
    found = _USER_LINK.match(link)
    if not found:
        return None
    for pair in found[1].split("#", 1)[0].split("&"):
        name, _, value = pair.partition("=")
        if name == "id" and re.fullmatch(r"[0-9]{1,13}", value) and 0 < int(value) <= _MAX_USER_ID:
            return int(value)
    return None


def checked(link: str) -> str:
    """The link as Telegram stores it, or an empty string when it refuses it (the text then stays plain)."""
    found = _SCHEME.match(link)
    scheme = found[1].lower() if found else ""
    if scheme in ("tg", "ton"):
        return f"{scheme}://{_escaped(found[2])}" if found and found[2] else ""
    if bare := _BARE_TG.match(link):
        return f"tg://{_escaped(bare[1])}"
    return _web(scheme or "http", found[2] if found else link)


def _web(scheme: str, rest: str) -> str:
    ends = re.search(r"[/?#]", rest)
    authority, path = (rest[: ends.start()], rest[ends.start() :]) if ends else (rest, "")
    userinfo, at, host_and_port = authority.rpartition("@")
    host, colon, port = host_and_port, "", ""
    if not host_and_port.endswith("]"):
        before, colon, after = host_and_port.rpartition(":")
        host, port = (before, after) if colon else (host_and_port, "")
    if colon and not (re.fullmatch(r"[0-9]{1,9}", port) and 0 < int(port) <= 65535):
        return ""
    if not _host_is_good(host):
        return ""
    if not path.startswith("/"):
        path = "/" + path
    return f"{scheme}://{userinfo}{at}{_lowered(host)}{colon}{port}{_escaped(path)}"


def _host_is_good(host: str) -> bool:
    if host.startswith("["):
        return bool(re.fullmatch(r"\[[0-9a-fA-F:.]+\]", host))
    return "." in host and not _FORBIDDEN_IN_HOST.search(host)


def _lowered(host: str) -> str:
    return "".join(char.lower() if "A" <= char <= "Z" else char for char in host)


def _escaped(path: str) -> str:
    return "".join(f"%{ord(char):02X}" if char <= " " else char for char in path)
