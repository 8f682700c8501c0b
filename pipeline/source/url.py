"""Addresses of repositories: which are accepted, and how they are shown and used without their secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.model.errors import ConfigurationError

SCHEMES = ("https", "http", "ssh", "git", "file")
ALLOWED = "a URL with https, http, ssh, git or file, user@host:path, or an absolute path"

_SCP_LIKE = re.compile(r"(?:[\w.-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:-].*", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)")

# Answers git's question for a password from the environment, so that it stands in no argv.
_HELPER = (
    """!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$URL_USER" "$URL_PASSWORD"; }; f"""
)


@dataclass(frozen=True)
class Address:
    """A repository's address as git gets it: `url` without secrets, the secrets in `env`, and the git
    settings that connect the two."""

    url: str
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    config: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def local(self) -> bool:
        return self.url.startswith(("/", "file://"))


def check_url(url: str, *, key: str = "GIT_URL") -> str:
    """The URL itself. Raises ConfigurationError naming `key` for what git could take for an option, a
    command or a path relative to somewhere."""
    if not _accepted(url):
        raise ConfigurationError(key, shown_url(url) or "empty", ALLOWED)
    return url


def shown_url(url: str) -> str:
    """The URL for people's eyes: without user, password and query (ssh keeps the user)."""
    text = _UNPRINTABLE.sub("?", url)
    match = _AUTHORITY.match(text)
    if match is None:
        return text
    scheme, authority, path = match["scheme"], match["authority"], match["path"]
    user, at, host = authority.rpartition("@")
    if not at and "@" in path and not re.fullmatch(r"[^:]*(:\d*)?", authority):
        return f"{scheme}://{path.rpartition('@')[2]}"  # a password with a slash in it
    kept = f"{user.partition(':')[0]}@" if at and scheme == "ssh" else ""
    return f"{scheme}://{kept}{host}{path}"


def address(url: str) -> Address:
    """Take the secrets out of a checked URL."""
    check_url(url)
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or "@" not in split.netloc:
        return Address(url)
    user, password = unquote(split.username or ""), unquote(split.password or "")
    bare = split._replace(netloc=split.netloc.rpartition("@")[2])
    origin = f"{bare.scheme}://{bare.netloc}"
    return Address(
        url=bare.geturl(),
        env={"URL_USER": user, "URL_PASSWORD": password},
        config=((f"credential.{origin}.helper", ""), (f"credential.{origin}.helper", _HELPER)),
        secrets=tuple(part for part in (split.password, password) if part) or (user,),
    )


def _accepted(url: str) -> bool:
    if not url or url.startswith("-") or _UNPRINTABLE.search(url):
        return False
    if url.startswith("/"):
        return True
    if "://" not in url:
        return _SCP_LIKE.fullmatch(url) is not None
    try:
        split = urlsplit(url)
        _ = split.port  # raises ValueError when it is no number
    except ValueError:
        return False
    return split.scheme in SCHEMES and "::" not in url.partition("://")[0] and _names_a_place(split)


def _names_a_place(split: SplitResult) -> bool:
    if split.scheme == "file":
        return not split.netloc and split.path.startswith("/")
    host = split.hostname or ""
    if not host or host.startswith("-") or (split.username or "").startswith("-"):
        return False
    takes_password = split.scheme in ("http", "https")
    return len(split.path) > 1 and (takes_password or split.password is None)
