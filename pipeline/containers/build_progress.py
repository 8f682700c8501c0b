"""How far a build is, from the output of either builder: steps, and how many came from the cache."""

from __future__ import annotations

import re

_CLASSIC = re.compile(r"^Step (\d+)/(\d+) : (.*)$")
_CLASSIC_CACHED = " ---> Using cache"
_BUILDKIT = re.compile(r"^#(\d+) \[(?:([\w.-]+) +)?(\d+)/(\d+)\] (.*)$")
_BUILDKIT_CACHED = re.compile(r"^#(\d+) CACHED$")
_MAKES_A_LAYER = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


class Progress:
    """Fed with each line of one build. `steps` are those that make a layer, `cached` how many of them were
    there already: both builders tell these alike."""

    def __init__(self) -> None:
        self._steps: dict[str, bool] = {}
        self._at: dict[str, int] = {}
        self._of: dict[str, int] = {}
        self._newest: str | None = None

    @property
    def steps(self) -> int:
        return len(self._steps)

    @property
    def cached(self) -> int:
        return sum(self._steps.values())

    def take(self, line: str) -> str | None:
        """`step 3/8 RUN …` where the line begins a step, over all stages that were begun; else None."""
        if found := _CLASSIC.match(line):
            number, total, words = found.groups()
            return self._begun(number, "", int(number), int(total), words)
        if found := _BUILDKIT.match(line):
            key, stage, number, total, words = found.groups()
            return self._begun(key, stage or "", int(number), int(total), words)
        if line.startswith(_CLASSIC_CACHED):
            self._from_cache(self._newest)
        elif found := _BUILDKIT_CACHED.match(line):
            self._from_cache(found[1])
        return None

    def _begun(self, key: str, stage: str, number: int, total: int, words: str) -> str:
        if words.partition(" ")[0].upper() in _MAKES_A_LAYER:
            self._steps.setdefault(key, False)
        self._newest = key
        self._at[stage] = max(self._at.get(stage, 0), number)
        self._of[stage] = total
        return f"step {sum(self._at.values())}/{sum(self._of.values())} {words}"

    def _from_cache(self, key: str | None) -> None:
        if key in self._steps:
            self._steps[key] = True
