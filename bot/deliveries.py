"""What a forge delivers by webhook: whether it is signed, which it is, whether it concerns us. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from enum import StrEnum

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_PUSHES = frozenset({"push", "Push Hook"})


class Forge(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"  # and Forgejo


class News(StrEnum):
    PUSH = "push"  # a watched branch may have moved
    PING = "ping"
    OTHER = "other"  # another event, or another ref


_EVENT = {Forge.GITHUB: "X-GitHub-Event", Forge.GITLAB: "X-Gitlab-Event", Forge.GITEA: "X-Gitea-Event"}


def is_signed(forge: Forge, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """Whether the whole body is signed with the secret, or the secret sent along. In constant time."""
    match forge:
        case Forge.GITHUB:
            given, wanted = headers.get("X-Hub-Signature-256"), f"sha256={_hmac(secret, body)}"
        case Forge.GITEA:
            given, wanted = headers.get("X-Gitea-Signature"), _hmac(secret, body)
        case Forge.GITLAB:
            return sends_secret(headers, secret)
    return hmac.compare_digest(_bytes(given), wanted.encode())


def sends_secret(headers: Mapping[str, str], secret: bytes) -> bool:
    """Whether the secret itself is sent along, as GitLab does. In constant time."""
    return hmac.compare_digest(_bytes(headers.get("X-Gitlab-Token")), secret)


def id_of(forge: Forge, headers: Mapping[str, str], body: bytes) -> str:
    """The same for a delivery that is made again, another one for each other.

    GitLab's event UUID is shared by what one event brings about, so it counts together with the body; its
    webhook UUID is that of the hook and tells deliveries not apart. Where there is no usable id, the body
    stands for it.
    """
    digest = hashlib.sha256(body).hexdigest()
    match forge:
        case Forge.GITHUB:
            named = headers.get("X-GitHub-Delivery")
        case Forge.GITEA:
            named = headers.get("X-Gitea-Delivery")
        case Forge.GITLAB:
            event = headers.get("X-Gitlab-Event-UUID")
            named = headers.get("Idempotency-Key") or (f"{event[:40]}-{digest[:32]}" if event else None)
    return named if named and _ID.fullmatch(named) else digest


def news_of(forge: Forge, headers: Mapping[str, str], body: bytes, branches: Collection[str]) -> News:
    """What a signed delivery is about. Raises ValueError for a body that is no JSON object.

    It is not believed: naming another ref it can only leave a look out. Which repository it names does not
    count, for GIT_URL may reach the same one by another name.
    """
    try:
        told = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(told, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - the bytes are wrong, not the caller
    event = headers.get(_EVENT[forge], "")
    if forge is Forge.GITHUB and event == "ping":
        return News.PING
    if event not in _PUSHES:
        return News.OTHER
    watched = {f"refs/heads/{branch}" for branch in branches}
    ref = told.get("ref")
    return News.PUSH if ref is None or (isinstance(ref, str) and ref in watched) else News.OTHER


def _hmac(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def _bytes(header: str | None) -> bytes:
    return (header or "").encode(errors="surrogateescape")
