"""What passes the gate without Master, and what a deploy's migration means for the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.engine.probation.reverting import migrated
from pipeline.model.plan import Side
from pipeline.model.release import ReleaseId, Undoing
from pipeline.model.results import Migrated
from pipeline.model.states import RunKind
from pipeline.stages.probation import fits
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.probations import FAILED

LIVE = samples.release(id=ReleaseId(4))
BEFORE = samples.release(id=ReleaseId(3))
MOVED = Migrated(ran=True, before="1", after="2")


def side(schema: str | None) -> Side:
    return Side(sha=samples.LIVE, branch="main", images={}, compose_hash="1", schema_revision=schema)


PLAN = samples.plan(kind=RunKind.ROLLBACK, live=side("1"), goal=side("1"), migration=None, schema=None)


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"live": side(None), "goal": side(None)}, True),
        ({"live": side("2")}, False),
        ({"live": side("2"), "schema": "stays at 2; it is declared harmless"}, True),
        ({"live": side("2"), "schema": "goes down", "migration": ["down", "1"]}, False),
        ({"live": None}, False),
        ({"kind": RunKind.REWIND}, False),
        ({"kind": RunKind.DEPLOY}, False),
    ],
)
def test_only_code_passes_the_gate(changes: dict[str, Any], passes: bool) -> None:
    assert fits(replace(PLAN, **changes), FAILED, LIVE, BEFORE) is passes


def test_only_from_what_failed_to_what_was_before() -> None:
    other = samples.release(id=ReleaseId(9))
    assert not fits(PLAN, FAILED, other, BEFORE)
    assert not fits(PLAN, FAILED, LIVE, other)
    assert not fits(PLAN, FAILED, None, BEFORE)


@pytest.mark.parametrize(
    ("result", "undoing", "why"),
    [
        (None, None, None),
        (Migrated(ran=False), None, None),
        (Migrated(ran=True, before="1", after="1"), None, None),
        (MOVED, None, "The deploy migrated the schema from 1 to 2."),
        (MOVED, Undoing.DOWN, "The deploy migrated the schema from 1 to 2."),
        (MOVED, Undoing.HARMLESS, None),
        (
            Migrated(ran=True),
            None,
            "The deploy ran a migration, and where it left the schema is not known.",
        ),
    ],
)
def test_a_migration_asks_unless_it_is_declared_harmless(
    result: object, undoing: Undoing | None, why: str | None
) -> None:
    assert migrated(result, samples.release(undoing=undoing)) == why
