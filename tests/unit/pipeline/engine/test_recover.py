"""How a cut run goes on, as a table: what is there in, the verdict out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engine.recover import Ask, Back, Facts, Forward, judge
from pipeline.model.question import Way
from pipeline.model.results import Migrated
from pipeline.model.states import StageName

OLD = {"app": "sha256:old", "jobs": "sha256:old-jobs"}
NEW = {"app": "sha256:new", "jobs": "sha256:new-jobs"}
TOUCHED = Facts(cut=StageName.START, touched=True, serving=OLD, goal=NEW, live=OLD)
MIGRATING = replace(TOUCHED, cut=StageName.MIGRATE)


@pytest.mark.parametrize("cut", [StageName.PULL, StageName.BACKUP, StageName.TEST, StageName.APPROVE, None])
def test_before_the_switch_what_is_there_counts_and_the_approval_is_looked_at_anew(
    cut: StageName | None,
) -> None:
    facts = Facts(cut=cut, touched=False, serving={}, gone=(StageName.BACKUP,))
    assert judge(facts) == Forward(again=(StageName.BACKUP, StageName.APPROVE))


@pytest.mark.parametrize(
    "facts",
    [
        TOUCHED,
        replace(TOUCHED, serving={}),
        replace(TOUCHED, serving=NEW),
        replace(TOUCHED, serving={"app": "sha256:new", "jobs": "sha256:old-jobs"}),
        replace(TOUCHED, cut=StageName.STOP),
        replace(TOUCHED, cut=StageName.SMOKE, serving=NEW),
        replace(TOUCHED, cut=None, serving=NEW),
        replace(TOUCHED, live=None, serving=NEW),
        replace(TOUCHED, gone=(StageName.PULL, StageName.BACKUP)),
        replace(TOUCHED, migrated=Migrated(ran=True, before="1", after="2"), revision="2"),
        replace(TOUCHED, migrated=Migrated(ran=True), revision=None),
        replace(TOUCHED, migrated=Migrated(ran=False)),
        # of a restore, whose release stays: the stage itself reads from the names how far it came
        replace(TOUCHED, cut=StageName.SWAP, goal=OLD, gone=(StageName.PREPARE,)),
    ],
)
def test_after_the_switch_the_road_goes_on_where_the_state_is_known(facts: Facts) -> None:
    assert judge(facts) == Forward()


def test_of_the_controller_nobody_is_asked() -> None:
    foreign = replace(TOUCHED, serving={"app": "sha256:other"})
    assert isinstance(judge(foreign), Ask)
    verdict = judge(replace(foreign, handed_over=True))
    assert isinstance(verdict, Back)
    assert "app run images of neither" in verdict.why
    assert judge(replace(TOUCHED, cut=StageName.HAND_OVER, handed_over=True)) == Forward()


def test_without_the_new_images_the_way_is_back() -> None:
    verdict = judge(replace(TOUCHED, gone=(StageName.BUILD, StageName.TAG)))
    assert verdict == Back(StageName.START, "The images of the new release are gone since it was approved.")


@pytest.mark.parametrize(
    "facts",
    [
        replace(MIGRATING, container=True, creating={"before": "1"}, revision="2"),  # it is attached to
        replace(MIGRATING, creating=None, revision="2"),  # cut before it was created
        replace(MIGRATING, creating={"before": "1"}, revision="1"),  # never came to act
    ],
)
def test_a_cut_migration_that_tells_how_it_stands_goes_on(facts: Facts) -> None:
    assert judge(facts) == Forward()


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("1", "2", "The schema was at 1 before it and is at 2 now."),
        (None, None, "The schema was at an unknown revision before it and is at an unknown one now."),
        ("1", None, "The schema was at 1 before it and is at an unknown one now."),
    ],
)
def test_a_cut_migration_whose_container_is_gone_is_masters_to_judge(
    before: str | None, now: str | None, said: str
) -> None:
    verdict = judge(replace(MIGRATING, creating={"before": before}, revision=now))
    assert isinstance(verdict, Ask)
    assert (
        verdict.what
        == f"The migration was cut and its container is gone, so how it ended is not known. {said}"
    )
    assert [choice.way for choice in verdict.choices] == [Way.AGAIN, Way.ON, Way.BACK]
    assert verdict.fallback is Way.BACK


@pytest.mark.parametrize("now", ["1", None])
def test_a_database_that_somebody_changed_is_masters_to_judge(now: str | None) -> None:
    verdict = judge(replace(TOUCHED, migrated=Migrated(ran=True, before="1", after="2"), revision=now))
    assert isinstance(verdict, Ask)
    assert (verdict.stage, verdict.fallback) == (StageName.MIGRATE, Way.BACK)
    assert "brought the schema to 2, but now it is at" in verdict.what


def test_images_that_nobody_knows_are_left_as_they_are_unless_master_says_more() -> None:
    verdict = judge(replace(TOUCHED, serving={"app": "sha256:other", "jobs": "sha256:new-jobs"}))
    assert isinstance(verdict, Ask)
    assert verdict.what == (
        "Somebody changed production while this run was cut: app run images of neither the new release nor"
        " the one before."
    )
    assert [choice.way for choice in verdict.choices] == [Way.AGAIN, Way.BACK, Way.LEAVE]
    assert verdict.fallback is Way.LEAVE
