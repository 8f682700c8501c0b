"""What worker, guard and hand-over do, given what each of them sees. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.hand_over import Act, Alive, Carrier, HandOver

DEATHS_MOST = 3
"""How often the hand-over may die and be started again before the guard takes the run back."""

GUARD_SECONDS = 90.0
"""How long a guard whose turn it is may be away before the hand-over does its work."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`row` is None where the run has no hand-over or is not in the journal. `forgiven` are deaths that tell
    nothing, for the journal was away. Seconds: `still` is for how long the run has not moved, `patience` how
    long it may be so; `guard_away` how long the guard has not lived."""

    me: Carrier
    row: HandOver | None
    alive: Alive
    still: float = 0.0
    patience: float = 600.0
    forgiven: int = 0
    guard_away: float = 0.0

    @property
    def deaths(self) -> int:
        died = self.row.deaths if self.row else 0
        return died + self.alive.restarts - self.forgiven


@dataclass(frozen=True)
class Decision:
    """What to do, and which container is to be started besides. `why` is a reason to take the run back."""

    act: Act
    start: Carrier | None = None
    why: str = ""


def decide(seen: Seen) -> Decision:
    """The hand-over is started by the guard alone, the guard by whoever sees that it does not live: of the
    three, each may be killed at any time."""
    row, me = seen.row, seen.me
    if row is None or row.ended:
        return Decision(Act.LEAVE)
    if row.carrier is Carrier.WORKER:
        return Decision(Act.CARRY if me is Carrier.WORKER else Act.WAIT)
    if me is Carrier.GUARD:
        return _guard(seen, row)
    missing = None if Carrier.GUARD in seen.alive.those else Carrier.GUARD
    if me is Carrier.HAND_OVER and row.carrier is Carrier.HAND_OVER:
        return Decision(Act.CARRY, missing)
    if me is Carrier.HAND_OVER and missing and seen.guard_away > GUARD_SECONDS:
        return Decision(Act.CARRY, missing)
    return Decision(Act.WAIT, missing)


def _guard(seen: Seen, row: HandOver) -> Decision:
    missing = None if Carrier.HAND_OVER in seen.alive.those else Carrier.HAND_OVER
    if row.carrier is Carrier.GUARD:
        return Decision(Act.CARRY, missing)
    why = _given_up(seen)
    if not why:
        return Decision(Act.WAIT, missing)
    return Decision(Act.LET_GO) if row.proven else Decision(Act.TAKE_BACK, why=why)


def _given_up(seen: Seen) -> str:
    if seen.deaths > DEATHS_MOST:
        return f"it ended by itself or was ended {seen.deaths} times"
    if seen.still > seen.patience:
        return f"it got no further for {seen.still / 60:.0f} minutes"
    return ""
