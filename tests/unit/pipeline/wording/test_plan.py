from __future__ import annotations

import pytest

from pipeline.model.plan import Plan, PlannedChecks
from pipeline.model.results import BackedUp, Rehearsed, Tested
from pipeline.model.states import RunKind
from pipeline.wording.markup import plain
from pipeline.wording.plan import plan_body
from tests.unit.bot.samples import plan

NOTE = "the application has no database (x-pipeline.database)"


def lines(what: Plan) -> list[str]:
    return plain(plan_body(what)).splitlines()[2:]


def test_what_is_not_configured_is_said() -> None:
    nothing = plan(
        services=["web"],
        migration=None,
        tests=Tested(ran=False, tests=0, threshold=70),
        backup=BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note=NOTE),
        checks=PlannedChecks(required=["health", "logs"], if_offered=["stats"], left_out=["resources"]),
        warnings=["The project declares no tests (x-pipeline.test): nothing was tested."],
    )
    assert lines(nothing) == [
        "⚠️ The project declares no tests (x-pipeline.test): nothing was tested.",
        "Tests: no tests declared",
        "Migration: none",
        "Expected downtime: about 6 s",
        "Services: web",
        f"Backup: {NOTE}",
        "Image: 181 MB (+1.9 MB)",
        "Smoke test: health, logs; if offered: stats; left out: resources",
    ]
    assert "<b>The project declares no tests (x-pipeline.test): nothing was tested.</b>" in plan_body(nothing)


def test_of_the_controller_it_is_said_that_it_replaces_itself() -> None:
    said = "The controller replaces itself: the chat is away meanwhile, then this card goes on."
    assert said in lines(plan(project="controller"))
    assert said in lines(plan(project="controller", kind=RunKind.ROLLBACK))
    assert said not in lines(plan(project="shop"))


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (None, []),
        (PlannedChecks(required=[]), ["Smoke test: none"]),
        (PlannedChecks(required=["health", "<own>"]), ["Smoke test: health, <own>"]),
        (PlannedChecks(required=["logs"], left_out=["health"]), ["Smoke test: logs; left out: health"]),
    ],
)
def test_the_checks_of_the_smoke_test(checks: PlannedChecks | None, said: list[str]) -> None:
    assert [line for line in lines(plan(checks=checks)) if line.startswith("Smoke")] == said


NAMES = [f"app/migrations/000{n}_<step>.sql" for n in range(1, 8)]
MIGRATION = "Migration: python -m agent.migrate --to 'head of it'"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, []),
        (Rehearsed(ran=False), []),
        (
            Rehearsed(ran=False, note="no new migrations: not rehearsed"),
            ["No new migrations: not rehearsed"],
        ),
        (
            Rehearsed(ran=False, note="no room", hindered=True, revisions=NAMES[:1]),
            ["New migrations: 0001_<step>.sql"],
        ),
        (
            Rehearsed(ran=True, seconds=2.1, before="0003", after="0004", revisions=NAMES[:2]),
            [
                "Migration rehearsed on a copy: 0003 → 0004 in 2.1 s",
                "New migrations: 0001_<step>.sql, 0002_<step>.sql",
            ],
        ),
        (
            Rehearsed(ran=True, seconds=2.1, revisions=NAMES),
            [
                "Migration rehearsed on a copy: in 2.1 s",
                "New migrations: 0004_<step>.sql, 0005_<step>.sql, 0006_<step>.sql, 0007_<step>.sql"
                " and 3 more",
            ],
        ),
    ],
)
def test_what_the_rehearsal_showed(found: Rehearsed | None, said: list[str]) -> None:
    shown = lines(plan(rehearsed=found))
    assert shown[2 : 3 + len(said)] == [MIGRATION, *said]
    assert shown[3 + len(said)] == "Expected downtime: about 6 s"


def test_a_plan_keeps_its_checks_in_the_journal() -> None:
    kept = plan(
        checks=PlannedChecks(required=["health"], if_offered=["stats"]),
        rehearsed=Rehearsed(ran=True, seconds=1.5, revisions=["a.sql"]),
    )
    assert Plan.from_json(kept.to_json()) == kept
