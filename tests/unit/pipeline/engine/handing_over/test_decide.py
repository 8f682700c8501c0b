"""Who acts when: each line is what one of the three sees, and what it does then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engine.handing_over.decide import DEATHS_MOST, GUARD_SECONDS, Seen, decide
from pipeline.model.hand_over import Act, Alive, Carrier, HandOver
from pipeline.model.release import RunId

GUARD, HAND_OVER, WORKER = Carrier.GUARD, Carrier.HAND_OVER, Carrier.WORKER
BOTH = frozenset({GUARD, HAND_OVER})
ALONE = frozenset({HAND_OVER})
ONLY_GUARD = frozenset({GUARD})
NONE: frozenset[Carrier] = frozenset()
ROW = HandOver(run=RunId(7), carrier=HAND_OVER, one_offs={}, schema_before=27, code_before=27)


@pytest.mark.parametrize(
    ("me", "turn", "alive", "act", "start"),
    [
        # Before the worker has let go, the two only wait; their containers are the worker's to make.
        (GUARD, WORKER, BOTH, Act.WAIT, None),
        (HAND_OVER, WORKER, ALONE, Act.WAIT, None),
        (WORKER, WORKER, NONE, Act.CARRY, None),
        # Forward.
        (HAND_OVER, HAND_OVER, BOTH, Act.CARRY, None),
        (HAND_OVER, HAND_OVER, ALONE, Act.CARRY, GUARD),
        (GUARD, HAND_OVER, BOTH, Act.WAIT, None),
        (GUARD, HAND_OVER, ONLY_GUARD, Act.WAIT, HAND_OVER),
        (WORKER, HAND_OVER, BOTH, Act.WAIT, None),
        (WORKER, HAND_OVER, ONLY_GUARD, Act.WAIT, None),
        (WORKER, HAND_OVER, ALONE, Act.WAIT, GUARD),
        (WORKER, HAND_OVER, NONE, Act.WAIT, GUARD),
        # Back.
        (GUARD, GUARD, BOTH, Act.CARRY, None),
        (GUARD, GUARD, ONLY_GUARD, Act.CARRY, HAND_OVER),
        (HAND_OVER, GUARD, BOTH, Act.WAIT, None),
        (HAND_OVER, GUARD, ALONE, Act.WAIT, GUARD),
        (WORKER, GUARD, NONE, Act.WAIT, GUARD),
    ],
)
def test_whose_turn_it_is(
    me: Carrier, turn: Carrier, alive: frozenset[Carrier], act: Act, start: Carrier | None
) -> None:
    found = decide(Seen(me=me, row=replace(ROW, carrier=turn), alive=Alive(those=alive)))
    assert (found.act, found.start) == (act, start)


@pytest.mark.parametrize("me", Carrier)
@pytest.mark.parametrize("turn", Carrier)
def test_once_the_run_has_ended_nothing_stays(me: Carrier, turn: Carrier) -> None:
    ended = replace(ROW, carrier=turn, ended=True)
    assert decide(Seen(me=me, row=ended, alive=Alive(those=BOTH))).act is Act.LEAVE
    assert decide(Seen(me=me, row=None, alive=Alive(those=BOTH))).act is Act.LEAVE


def seen(
    *, deaths: int = 0, restarts: int = 0, forgiven: int = 0, still: float = 0, proven: bool = False
) -> Seen:
    row = replace(ROW, deaths=deaths, proven=proven)
    alive = Alive(those=ONLY_GUARD, restarts=restarts)
    return Seen(me=GUARD, row=row, alive=alive, forgiven=forgiven, still=still, patience=540)


@pytest.mark.parametrize(
    ("what", "act"),
    [
        (seen(deaths=DEATHS_MOST), Act.WAIT),
        (seen(deaths=1, restarts=DEATHS_MOST - 1), Act.WAIT),
        (seen(deaths=DEATHS_MOST + 1), Act.TAKE_BACK),
        (seen(restarts=DEATHS_MOST + 1), Act.TAKE_BACK),
        (seen(deaths=2, restarts=2), Act.TAKE_BACK),
        # Those that happened while the journal was away tell nothing.
        (seen(restarts=DEATHS_MOST + 1, forgiven=1), Act.WAIT),
        (seen(still=540), Act.WAIT),
        (seen(still=541), Act.TAKE_BACK),
        # Smoke has passed: it is the new pair that last proved itself, and its worker writes the report.
        (seen(deaths=DEATHS_MOST + 1, proven=True), Act.LET_GO),
        (seen(still=541, proven=True), Act.LET_GO),
    ],
)
def test_when_the_guard_gives_the_hand_over_up(what: Seen, act: Act) -> None:
    assert decide(what).act is act


def test_why_it_gives_up_is_said() -> None:
    assert decide(seen(deaths=4)).why == "it ended by itself or was ended 4 times"
    assert decide(seen(still=600)).why == "it got no further for 10 minutes"


def test_the_hand_over_goes_back_itself_where_the_guard_cannot_be_brought_up() -> None:
    back = replace(ROW, carrier=GUARD)
    away = Seen(me=HAND_OVER, row=back, alive=Alive(those=ALONE), guard_away=GUARD_SECONDS)
    assert decide(away).act is Act.WAIT
    assert decide(replace(away, guard_away=GUARD_SECONDS + 1)).act is Act.CARRY
