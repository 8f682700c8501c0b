"""What must hold after every cell of the hand-over. Pure: facts in, a sentence for each violation out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model.states import RunState
from tests.chaos.invariants import one_end, struck

PAIR = ("bot", "worker")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One run as it was found when all was quiet again.

    `pair` is the revision of each service of the controller that runs and is healthy, `told` the one that
    /health tells, `released` the one of the release that the journal calls live. `proven` is whether the
    journal holds the proof. `strangers` are containers that nobody wants any more, `missing` services without
    one. `conflicts` counts polls that were refused for another's sake. `unreadable` is what the worker's
    command line said of the journal where it could not read it.
    """

    reached: bool
    states: Sequence[str]
    allowed: frozenset[RunState]
    proven: bool
    finished_events: int
    active_runs: int
    old: str
    new: str
    pair: Mapping[str, str]
    told: str | None
    released: str | None
    strangers: Sequence[str]
    missing: Sequence[str]
    networks: Sequence[str]
    network: str
    cards: int
    results: int
    critical: bool
    conflicts: int
    answers: bool
    actors: Sequence[str]
    unreadable: str = ""
    failure: str = ""
    noted: Sequence[str] = field(default_factory=tuple)


Rule = Callable[[Facts], list[str]]


def violations(facts: Facts) -> list[str]:
    """Empty where all holds."""
    return [sentence for rule in _RULES for sentence in rule(facts)]


def _proven_runs(facts: Facts) -> list[str]:
    """The pair that last proved itself, both of one revision; the journal calls that one live."""
    succeeded = facts.states[:1] == [RunState.SUCCEEDED]
    found = []
    if succeeded and not facts.proven:
        found.append("The run succeeded without a proof.")
    if facts.proven and not succeeded:
        found.append("The new pair had proven itself and the run did not succeed.")
    wanted = facts.new if facts.proven else facts.old
    found += [
        f"{service} is {_shown(facts.pair.get(service))}, not {_shown(wanted)}."
        for service in PAIR
        if facts.pair.get(service) != wanted
    ]
    if facts.told != wanted:
        found.append(f"/health tells {_shown(facts.told)}, not {_shown(wanted)}.")
    if facts.released != wanted:
        found.append(f"The journal calls {_shown(facts.released)} live, not {_shown(wanted)}.")
    return found


def _nothing_left(facts: Facts) -> list[str]:
    return [
        *(f"A container is left: {name}." for name in facts.strangers),
        *(f"{name} has no container." for name in facts.missing),
        *(f"A network is left: {name}." for name in facts.networks if name != facts.network),
        *([] if facts.network in facts.networks else ["The installation's network is gone."]),
    ]


def _told_once(facts: Facts) -> list[str]:
    found = []
    if facts.results != 1:
        found.append(f"The chat holds {facts.results} result messages of the run, not one.")
    if facts.cards != 1:
        found.append(f"The chat holds {facts.cards} progress cards of the run, not one.")
    if facts.critical:
        found.append("The chat was told CRITICAL.")
    return found


def _one_bot(facts: Facts) -> list[str]:
    return [
        *([f"{facts.conflicts} polls were refused: two bots polled."] if facts.conflicts else []),
        *([] if facts.answers else ["The bot does not answer any more."]),
    ]


def _one_executor(facts: Facts) -> list[str]:
    """One that has been followed by another must not be heard of again."""
    found: list[str] = []
    gone: set[str] = set()
    current = ""
    for actor in facts.actors:
        if actor != current:
            if actor in gone:
                found.append(f"{actor} acted again after {current} had taken over.")
            if current:
                gone.add(current)
            current = actor
    return found


def _readable(facts: Facts) -> list[str]:
    return [f"What runs cannot read the journal: {facts.unreadable}."] if facts.unreadable else []


def _noted(facts: Facts) -> list[str]:
    foreseen = "unforeseen error" not in facts.failure.lower()
    return [*facts.noted, *([] if foreseen else [f"The run met an unforeseen error: {facts.failure}"])]


def _shown(revision: str | None) -> str:
    return revision[:7] if revision else "not there or unwell"


_RULES: tuple[Rule, ...] = (
    struck,
    one_end,
    _proven_runs,
    _nothing_left,
    _told_once,
    _one_bot,
    _one_executor,
    _readable,
    _noted,
)
