"""Commands that can be held back: a file of their own before the real one on PATH, which it then becomes.

What a cell wants to be slow is named by a word of its command line, and slow once. The one that is held back
is a real child of the worker, with all that it was given: a lock, a process group, an open file.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

_SHIM = """#!/bin/sh
for wish in "{wishes}"/*; do
    case " $* " in
        *" ${{wish##*/}} "*)
            seconds="$(cat "$wish" 2>/dev/null)"
            if mv "$wish" "{taken}/$$" 2>/dev/null; then sleep "$seconds"; fi ;;
    esac
done
exec "{real}" "$@"
"""
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Shims:
    """`folder` goes to the front of PATH; `compose` is the command that begins a Compose command line."""

    folder: Path
    compose: tuple[str, ...]

    @classmethod
    def make(cls, folder: Path) -> Shims:
        for name in ("wishes", "taken"):
            (folder / name).mkdir(parents=True)
        ours = Path(sys.executable).with_name("docker-compose")
        real = {name: shutil.which(name) for name in ("docker", "docker-compose", "git")}
        real["docker-compose"] = real["docker-compose"] or (str(ours) if ours.exists() else None)
        for name, path in real.items():
            if path is not None:
                text = _SHIM.format(wishes=folder / "wishes", taken=folder / "taken", real=path)
                (folder / name).write_text(text)
                (folder / name).chmod(0o755)
        alone = real["docker-compose"] is not None
        return cls(folder, (str(folder / "docker-compose"),) if alone else ("docker", "compose"))

    async def hold_back(self, word: str, seconds: float) -> None:
        """The next command with this word sleeps first; returns when one does."""
        wish, taken = self.folder / "wishes" / word, self.folder / "taken"
        before = set(taken.iterdir())
        draft = self.folder / word
        draft.write_text(str(seconds))
        draft.rename(wish)
        while not set(taken.iterdir()) - before:  # noqa: ASYNC110 - a shell script tells no events
            await asyncio.sleep(_LOOK_SECONDS)

    def forget(self) -> None:
        for wish in (self.folder / "wishes").iterdir():
            wish.unlink(missing_ok=True)
