"""The post-receive hook: what it says, where it goes, and what a hook hands over."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.model.errors import ConfigurationError
from pipeline.source.refs import is_object_name, is_ref, plain

NAME = "post-receive"
ASIDE = f"{NAME}.before-vnext"
"""What a hook of other hands is called after ours has taken its place; ours runs it."""

_OURS = "# post-receive of vnext."
_MODE = 0o755
_SHOWN_CHARACTERS = 100
_PLACE = re.compile("@(BRANCH|COMMAND)@")


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One line that git gives to post-receive: full object names, all zeros for nothing."""

    old: str
    new: str
    ref: str


@dataclass(frozen=True, kw_only=True)
class HookThere:
    """What stands in the place of the hook: its text if there is one, and whether `ASIDE` is taken."""

    text: str | None
    executable: bool
    aside: bool

    @property
    def ours(self) -> bool:
        return self.text is not None and _OURS in self.text


def rendered(branch: str, command: Sequence[str]) -> str:
    """The hook's text: it hands pushes of the branch to the command, each word of it quoted."""
    template = (files(__package__) / f"{NAME}.sh").read_text()
    values = {"BRANCH": shlex.quote(branch), "COMMAND": shlex.join(command)}
    return _PLACE.sub(lambda place: values[place[1]], template)


def look_at_hook(hooks: Path) -> HookThere:
    """Raises OSError, for what may not be read."""
    path, aside = hooks / NAME, hooks / ASIDE
    there = os.path.lexists(path)
    return HookThere(
        text=path.read_text(errors="replace") if path.exists() else ("" if there else None),
        executable=os.access(path, os.X_OK),
        aside=os.path.lexists(aside),
    )


def install_hook(hooks: Path, text: str, *, keep_aside: bool) -> None:
    """Puts the hook there in one step. With `keep_aside` what was there becomes `ASIDE`. Raises OSError."""
    hooks.mkdir(parents=True, exist_ok=True)
    path = hooks / NAME
    if keep_aside:
        path.rename(hooks / ASIDE)
    write_whole(path, text)
    path.chmod(_MODE)


def read_moved(words: Sequence[str]) -> list[Moved]:
    """What a hook handed over, three words for each ref. Raises ConfigurationError for others."""
    if len(words) % 3:
        raise ConfigurationError(
            "OLD NEW REF",
            f"{len(words)} words",
            "three words for each ref, as git gives them to post-receive",
        )
    moved = []
    for old, new, ref in zip(words[::3], words[1::3], words[2::3], strict=True):
        for key, value in (("OLD", old), ("NEW", new)):
            if not is_object_name(value):
                raise ConfigurationError(key, _shown(value), "40 or 64 digits of a full SHA in lower case")
        if not is_ref(ref):
            raise ConfigurationError("REF", _shown(ref), "the whole name of a ref, such as refs/heads/main")
        moved.append(Moved(old=old, new=new, ref=ref))
    return moved


def _shown(value: str) -> str:
    return repr(plain(value.encode(errors="replace"))[:_SHOWN_CHARACTERS])
