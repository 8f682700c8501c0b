"""Which repository of GitHub is meant. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}", re.ASCII)
"""OWNER/NAME."""

PUBLIC_API = "https://api.github.com"

_SCP_LIKE = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/@]+):(?P<path>[^:].*)")


def repository_of(url: str, api: str) -> str | None:
    """OWNER/NAME of a git URL (https, ssh, or user@host:path) on the host that the API is of, else None."""
    if "://" in url:
        split = urlsplit(url)
        if split.scheme not in ("https", "http", "ssh"):
            return None
        host, path = split.hostname or "", split.path
    elif match := _SCP_LIKE.fullmatch(url):
        host, path = match["host"], match["path"]
    else:
        return None
    name = path.strip("/").removesuffix(".git")
    if host.lower() not in _hosts(api) or not REPOSITORY.fullmatch(name) or name.endswith(("/.", "/..")):
        return None
    return name


def _hosts(api: str) -> tuple[str, ...]:
    if api == PUBLIC_API:
        return ("github.com", "ssh.github.com", "www.github.com")
    return ((urlsplit(api).hostname or "").lower(),)
