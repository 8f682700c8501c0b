"""The ssh key of whoever runs this: made only where there is none."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.process import Command, run

SECONDS = 30.0
_PRIVATE_MODE = 0o600
_FOLDER_MODE = 0o700
_SCP_HOST = re.compile(r"(?:[^@/:]+@)?([^/:]+):")


@dataclass(frozen=True, kw_only=True)
class Key:
    """`public` is the text of the public key, None where that file is missing."""

    path: Path
    public: str | None
    open_to_others: bool


def keygen(path: Path, comment: str) -> Command:
    """Without a passphrase, for nobody is there to type it; asks nothing and replaces nothing."""
    return Command(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)))


def look_at_key(home: Path) -> Key | None:
    """Raises OSError, for what may not be read."""
    path = _path(home)
    public = path.with_name(f"{path.name}.pub")
    if not os.path.lexists(path) and not os.path.lexists(public):
        return None
    return Key(
        path=path,
        public=public.read_text(errors="replace").strip() if public.exists() else None,
        open_to_others=path.exists() and bool(path.stat().st_mode & 0o077),
    )


async def make_key(home: Path, comment: str) -> Key:
    """Raises CommandFailed, OSError."""
    path = _path(home)
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    await run(keygen(path, comment), timeout=SECONDS, check=True)
    path.chmod(_PRIVATE_MODE)
    made = look_at_key(home)
    if made is None:
        raise FileNotFoundError(f"ssh-keygen left no {path}")
    return made


def ssh_host(url: str) -> str | None:
    """The host that is spoken to by ssh, None for an address that needs no key."""
    if "://" not in url:
        match = _SCP_HOST.match(url)
        return match[1] if match else None
    split = urlsplit(url)
    return split.hostname if split.scheme == "ssh" else None


def _path(home: Path) -> Path:
    return home / ".ssh" / "id_ed25519"
