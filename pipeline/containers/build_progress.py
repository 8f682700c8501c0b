"""How far a build is, from the output of either builder: steps, and how many came from the cache."""

from __future__ import annotations

import re

_CLASSIC = re.compile(r"^Step (\d+)/(\d+) : (.*)$")
_CLASSIC_CACHED = " ---> Using cache"
_BUILDKIT = re.compile(r"^#(\d+) \[(?:([\w.-]+) +)?(\d+)/(\d+)\] (.*)$")
_BUILDKIT_CACHED = re.compile(r"^#(\d+) CACHED$")
_BUILDKIT_OUTPUT = re.compile(r"^#\d+ \d+\.\d+ (.*)$")
_CLASSIC_OWN = (
    "Step ",
    " ---> ",
    "Removing intermediate container ",
    "Sending build context ",
    "Successfully ",
)
_MAKES_A_LAYER = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


class Progress:
    """Fed with each line of one build. `steps` are those that make a layer, `cached` how many of them were
    there already: both builders tell these alike. `far` is `step 3 of 8`, over all stages that were begun."""

    def __init__(self) -> None:
        self._steps: dict[str, bool] = {}
        self._at: dict[str, int] = {}
        self._of: dict[str, int] = {}
        self._newest: str | None = None
        self._buildkit = False
        self.far: str | None = None

    @property
    def steps(self) -> int:
        return len(self._steps)

    @property
    def cached(self) -> int:
        return sum(self._steps.values())

    def take(self, line: str) -> str | None:
        """What is at work now: the instruction where the line begins a step, or a line that a step writes;
        None where the builder only speaks of itself."""
        if found := _CLASSIC.match(line):
            number, total, words = found.groups()
            return self._begun(number, "", int(number), int(total), words)
        if found := _BUILDKIT.match(line):
            self._buildkit = True
            key, stage, number, total, words = found.groups()
            return self._begun(key, stage or "", int(number), int(total), words)
        if line.startswith(_CLASSIC_CACHED):
            self._from_cache(self._newest)
        elif found := _BUILDKIT_CACHED.match(line):
            self._from_cache(found[1])
        return self._written(line)

    def _written(self, line: str) -> str | None:
        if self._buildkit:
            found = _BUILDKIT_OUTPUT.match(line)
            return found[1].strip() or None if found else None
        own = self._newest is None or line.startswith(_CLASSIC_OWN)
        return None if own else line.strip() or None

    def _begun(self, key: str, stage: str, number: int, total: int, words: str) -> str:
        if words.partition(" ")[0].upper() in _MAKES_A_LAYER:
            self._steps.setdefault(key, False)
        self._newest = key
        self._at[stage] = max(self._at.get(stage, 0), number)
        self._of[stage] = total
        self.far = f"step {sum(self._at.values())} of {sum(self._of.values())}"
        return words

    def _from_cache(self, key: str | None) -> None:
        if key in self._steps:
            self._steps[key] = True
