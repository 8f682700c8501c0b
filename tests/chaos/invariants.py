"""What must hold after every cell. Pure: facts in, a sentence for each violation out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.model.states import RunKind, RunState

BRINGING = frozenset({RunKind.DEPLOY, RunKind.ROLLBACK})
"""Kinds of run after which another version serves."""

ACTIVE = frozenset({"requested", "running", "awaiting", "reverting"})


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One run as it was found when all was quiet again.

    `old` and `new` are the versions before it and the one it was to bring; `served` what /health tells, None
    where nothing well serves. `actors` are the marks of the workers in the order in which they told of
    points. `backups` are sentences on dumps that are not what the journal says of them. `noted` is what the
    cell itself found wrong.
    """

    kind: RunKind
    reached: bool
    states: Sequence[str]
    allowed: frozenset[RunState]
    finished_events: int
    active_runs: int
    old: str
    new: str
    served: str | None
    migrations: int
    containers: Sequence[str]
    files: Sequence[str]
    cards: int
    results: int
    critical: bool
    actors: Sequence[str]
    beside: Sequence[str] = ()
    backups: Sequence[str] = ()
    failure: str = ""
    noted: Sequence[str] = field(default_factory=tuple)


class Ended(Protocol):
    """What is asked of a run in a house of either kind."""

    @property
    def reached(self) -> bool: ...
    @property
    def states(self) -> Sequence[str]: ...
    @property
    def allowed(self) -> frozenset[RunState]: ...
    @property
    def finished_events(self) -> int: ...
    @property
    def active_runs(self) -> int: ...
    @property
    def failure(self) -> str: ...


Rule = Callable[[Facts], list[str]]


def violations(facts: Facts) -> list[str]:
    """Empty where all holds."""
    return [sentence for rule in _RULES for sentence in rule(facts)]


def struck(facts: Ended) -> list[str]:
    return [] if facts.reached else ["The fault was not reached: nothing was tried."]


def one_end(facts: Ended) -> list[str]:
    found = []
    if len(facts.states) != 1:
        return [f"One request made {len(facts.states)} runs."]
    state = facts.states[0]
    why = f": {facts.failure}" if facts.failure else ""
    if state in ACTIVE:
        found.append(f"The run did not end: it is {state}{why}.")
    elif state not in facts.allowed:
        found.append(f"The run is {state}, not {' or '.join(sorted(facts.allowed))}{why}.")
    if facts.finished_events != 1:
        found.append(f"The journal holds {facts.finished_events} events 'finished', not one.")
    if facts.active_runs:
        found.append(f"{facts.active_runs} runs are active: the next could not start.")
    return found


def _serves(facts: Facts) -> list[str]:
    state = facts.states[0] if facts.states else ""
    if state == RunState.BROKEN:
        return [] if facts.critical else ["The way back failed and the chat was not told CRITICAL."]
    if facts.critical:
        return [f"The chat was told CRITICAL and the run is {state}."]
    wanted = facts.new if state == RunState.SUCCEEDED and facts.kind in BRINGING else facts.old
    if facts.served == wanted:
        return []
    return [f"The run is {state} and {facts.served or 'nothing well'} serves, not {wanted}."]


def _migrated_once(facts: Facts) -> list[str]:
    if facts.migrations > 1:
        return [f"The migration ran {facts.migrations} times."]
    succeeded = facts.states and facts.states[0] == RunState.SUCCEEDED
    if facts.kind is RunKind.DEPLOY and succeeded and facts.migrations == 0:
        return ["The run succeeded without its migration."]
    return []


def _nothing_left(facts: Facts) -> list[str]:
    return [
        *(f"A container is left: {name}." for name in facts.containers),
        *(f"A file is left: {name}." for name in facts.files),
        *facts.backups,
    ]


def _told_once(facts: Facts) -> list[str]:
    found = []
    if facts.results != 1:
        found.append(f"The chat holds {facts.results} result messages of the run, not one.")
    if facts.cards != 1:
        found.append(f"The chat holds {facts.cards} progress cards of the run, not one.")
    return found


def _one_executor(facts: Facts) -> list[str]:
    """A worker that has been followed by another must not be heard of again."""
    found, gone, current = [], set(), ""
    for actor in facts.actors:
        if actor != current:
            if actor in gone:
                found.append(f"{actor} acted again after {current} had taken over.")
            if current:
                gone.add(current)
            current = actor
    return [
        *found,
        *(f"Acted while a child of a worker that is gone still ran: {words}." for words in facts.beside),
    ]


def _noted(facts: Facts) -> list[str]:
    foreseen = "unforeseen error" not in facts.failure.lower()
    return [*facts.noted, *([] if foreseen else [f"The run met an unforeseen error: {facts.failure}"])]


_RULES: tuple[Rule, ...] = (
    struck,
    one_end,
    _serves,
    _migrated_once,
    _nothing_left,
    _told_once,
    _one_executor,
    _noted,
)
