"""A hand-over: a run of the controller that its own worker lets go of, for it is about to be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.model.release import RunId
from pipeline.model.run import Failure


class Carrier(StrEnum):
    """Who carries a run of the controller; the two others than the worker are one-off containers."""

    WORKER = "worker"  # before the hand-over, and where only its report is left
    HAND_OVER = "hand-over"  # forward: it puts the release in place and demands proof
    GUARD = "guard"  # back: of the release that was live as the run began


class Act(StrEnum):
    """What one of them does, given what it sees."""

    WAIT = "wait"
    CARRY = "carry"  # takes the lock, claims the run and drives it on
    TAKE_BACK = "take back"  # the way back is the guard's from now on
    LET_GO = "let go"  # the new pair has proved itself: its worker ends the run
    LEAVE = "leave"  # the run has ended: nothing of the hand-over stays


ONE_OFFS = (Carrier.GUARD, Carrier.HAND_OVER)


@dataclass(frozen=True, kw_only=True)
class OneOff:
    """From what a container is made, again if it is gone: a service of a compose file with another image
    (`sha256:…`)."""

    service: str
    image: str
    compose_file: str


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """The journal's row. `one_offs` has the two containers and, as that of the worker, the newer of the two
    releases. `schema_before` is the number of the newest migration in the journal when it began,
    `code_before` of that which the live release's code knows; `ready` are those whose process has reached
    Docker and the journal; `deaths` counts how often the hand-over was started again by others than Docker;
    `failure` is why production goes back.

    `ended`, `proven` (the checks of the new pair went well) and `moved` (a number that changes with each
    stage) are of its run.
    """

    run: RunId
    carrier: Carrier
    one_offs: Mapping[Carrier, OneOff]
    schema_before: int
    code_before: int
    ready: frozenset[Carrier] = frozenset()
    deaths: int = 0
    failure: Failure | None = None
    asked: str = ""
    ended: bool = False
    proven: bool = False
    moved: int = 0

    def compose_file(self, carrier: Carrier) -> Path:
        return Path(self.one_offs[carrier].compose_file)


@dataclass(frozen=True, kw_only=True)
class Alive:
    """What Docker says of the one-off containers: those that live (Docker may be starting them again), and
    how often it started the hand-over anew."""

    those: frozenset[Carrier] = frozenset()
    restarts: int = 0
