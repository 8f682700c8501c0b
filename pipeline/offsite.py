"""Copies of backups at another place, made by rclone or restic and read back from there.

Where the place is and how to get in there is the tools' own business: their configuration files and variables
are those of the worker's environment. The place reaches them by environment, for it may hold a password.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.model.errors import PipelineError
from pipeline.process import Command, CommandFailed, CommandTimedOut, Finished, run
from pipeline.redact import password_in

WHOLE_HERE = "The backup is whole on this server, and production was not touched."

_PLACE = re.compile(r"(rclone|restic):(\S.*)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]*", re.IGNORECASE)
_IN_PAIR = re.compile(r"(?:pass|secret|token|key)(?!_id)\w*=\"?([^\",:]+)", re.IGNORECASE)
_REMOTE = "vnextoffsite"
_RCLONE = (
    *("rclone", "--quiet", "--stats=0", "--transfers=1"),
    *("--retries=1", "--low-level-retries=3", "--contimeout=15s", "--timeout=1m"),
)
_HASHED = 'set -o pipefail; restic dump --quiet -- "$1" "$2" | sha256sum'
_ADVICE = {
    "rclone": "See that the place of OFFSITE can be reached; `rclone lsf` in the worker's container tells.",
    "restic": "See that the repository of OFFSITE can be reached and was made once with `restic init`;"
    " `restic snapshots` in the worker's container tells.",
}


class CopyFailed(PipelineError):
    """No copy is at the other place, or it cannot be shown to be whole. `doubtful`: what is there does not
    match, so the next try writes it anew."""

    def __init__(self, what: str, *, advice: str, doubtful: bool = False) -> None:
        super().__init__(what, production=WHOLE_HERE, advice=advice)
        self.doubtful = doubtful


@dataclass(frozen=True, kw_only=True)
class Place:
    """`where` is a remote of rclone's (`remote:path`, or an absolute path) or a repository of restic's."""

    tool: Literal["rclone", "restic"]
    where: str = field(repr=False)

    @property
    def missing(self) -> bool:
        """Whether the tool is not on PATH."""
        return shutil.which(self.tool) is None

    @property
    def secrets(self) -> list[str]:
        """Passwords that are written in it."""
        urls = [password for url in _URL.findall(self.where) for password in password_in(url)]
        return [*urls, *_IN_PAIR.findall(self.where)]


def place(text: str) -> Place:
    """Of the setting. Raises ValueError with what is allowed."""
    match = _PLACE.fullmatch(text)
    if match is None or (match[1] == "rclone" and ":" not in match[2] and not match[2].startswith("/")):
        raise ValueError("rclone:REMOTE:PATH, rclone:/PATH or restic:REPOSITORY")
    return Place(tool="rclone" if match[1] == "rclone" else "restic", where=match[2])


async def copy(
    to: Place,
    files: Mapping[Path, str],
    *,
    project: str,
    timeout: float,
    redact: Callable[[str], str],
    anew: bool = False,
) -> None:
    """Copies files of one folder, with their SHA-256 in hex, and reads the copies back.

    `timeout` in seconds, for the copying and again for the reading; `anew`: also what seems to be there.
    Raises CopyFailed.
    """
    if to.tool == "rclone":
        await _by_rclone(to, list(files), project, timeout, redact, anew=anew)
    else:
        await _by_restic(to, files, project, timeout, redact)


def rclone_command(to: Place, files: Sequence[Path], project: str, *words: str) -> Command:
    """The names go in by standard input, the place by environment as a remote of ours that stands for it."""
    return Command(
        (*_RCLONE, *words, "--files-from-raw=-", "--", str(files[0].parent), f"{_REMOTE}:{project}"),
        env={
            f"RCLONE_CONFIG_{_REMOTE.upper()}_TYPE": "alias",
            f"RCLONE_CONFIG_{_REMOTE.upper()}_REMOTE": to.where,
        },
        stdin="".join(f"{path.name}\n" for path in files).encode(),
    )


def restic_command(to: Place, *words: str) -> Command:
    return Command(words, env={"RESTIC_REPOSITORY": to.where})


async def _by_rclone(
    to: Place,
    files: Sequence[Path],
    project: str,
    timeout: float,
    redact: Callable[[str], str],
    *,
    anew: bool,
) -> None:
    copying = rclone_command(to, files, project, "copy", *(["--ignore-times"] if anew else []))
    checking = rclone_command(to, files, project, "check", "--one-way", "--download")
    await _run(to, copying, timeout, redact, "could not be copied")
    await _run(to, checking, timeout, redact, "does not match where it was copied to", doubtful=True)


async def _by_restic(
    to: Place, files: Mapping[Path, str], project: str, timeout: float, redact: Callable[[str], str]
) -> None:
    words = ("restic", "backup", "--quiet", "--json", f"--host={project}", "--tag=vnext", "--")
    saving = restic_command(to, *words, *(str(path) for path in files))
    snapshot = _snapshot(await _run(to, saving, timeout, redact, "could not be copied"))
    for path, expected in files.items():
        reading = restic_command(to, "bash", "-c", _HASHED, "restic", snapshot, str(path))
        done = await _run(to, reading, timeout, redact, "could not be read back from where it was copied to")
        if done.stdout.split()[:1] != [expected]:
            raise CopyFailed(
                f"{path.name} came back from restic with another SHA-256.", advice=_ADVICE[to.tool]
            )


def _snapshot(done: Finished) -> str:
    for line in reversed(done.stdout.splitlines()):
        try:
            words = json.loads(line)
        except ValueError:
            continue
        if isinstance(words, dict) and isinstance(found := words.get("snapshot_id"), str):
            return found
    raise CopyFailed("restic did not tell the snapshot that it made.", advice=_ADVICE["restic"])


async def _run(
    to: Place,
    command: Command,
    timeout: float,
    redact: Callable[[str], str],
    problem: str,
    *,
    doubtful: bool = False,
) -> Finished:
    try:
        return await run(command, timeout=timeout, redact=redact, check=True)
    except CommandTimedOut as error:
        raise CopyFailed(
            f"The backup {problem}: {error.what}", advice="See what it waits for, or raise BACKUP_TIMEOUT."
        ) from error
    except CommandFailed as error:
        raise CopyFailed(
            f"The backup {problem}: {error.what}", advice=_ADVICE[to.tool], doubtful=doubtful
        ) from error
