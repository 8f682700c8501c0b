import pytest

from pipeline.engine.road import road, stage
from pipeline.model.states import TOUCHING, RunKind, StageName
from pipeline.stages import check, choose, examine, migrate, tag, undo


@pytest.mark.parametrize(
    ("kind", "side_by_side", "way"),
    [
        (
            RunKind.DEPLOY,
            True,
            "pull | backup test build | tag | rehearse | approve"
            " | stop | migrate | start | wait | smoke | report",
        ),
        (
            RunKind.DEPLOY,
            False,
            "pull | backup | test | build | tag | rehearse | approve"
            " | stop | migrate | start | wait | smoke | report",
        ),
        (RunKind.ROLLBACK, True, "tag | approve | stop | start | wait | smoke | report"),
        (RunKind.ROLLBACK, False, "tag | approve | stop | start | wait | smoke | report"),
        (RunKind.BACKUP, True, "backup | report"),
        (RunKind.BACKUP, False, "backup | report"),
        (RunKind.TEST, True, "pull | test | report"),
        (RunKind.BUILD, True, "pull | build | report"),
        (
            RunKind.RESTORE,
            True,
            "check | backup | prepare | approve | stop | swap | start | wait | smoke | report",
        ),
        (RunKind.DRILL, True, "check | prove | report"),
        (RunKind.DRILL, False, "check | prove | report"),
        (RunKind.ROLLBACK_DRILL, True, "tag | check | trial | report"),
        (
            RunKind.REWIND,
            True,
            "tag | check | backup | prepare | approve | stop | swap | start | wait | smoke | report",
        ),
    ],
)
def test_the_whole_road(kind: RunKind, side_by_side: bool, way: str) -> None:
    assert " | ".join(" ".join(group) for group in road(kind, side_by_side=side_by_side)) == way


def test_a_rollback_that_takes_the_schema_down() -> None:
    way = "tag | backup | approve | stop | migrate | start | wait | smoke | report"
    found = road(RunKind.ROLLBACK, side_by_side=True, down=True)
    assert " | ".join(" ".join(group) for group in found) == way
    assert stage(RunKind.ROLLBACK, StageName.MIGRATE) is undo.run
    assert stage(RunKind.DEPLOY, StageName.MIGRATE) is migrate.run


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (
            RunKind.DEPLOY,
            "pull | backup test build | tag | rehearse | approve | hand-over | stop | start | wait | smoke"
            " | report",
        ),
        (RunKind.ROLLBACK, "tag | approve | hand-over | stop | start | wait | smoke | report"),
        (RunKind.BACKUP, "backup | report"),
    ],
)
def test_the_controllers_own_road(kind: RunKind, way: str) -> None:
    found = road(kind, side_by_side=True, itself=True)
    assert " | ".join(" ".join(group) for group in found) == way


def test_which_stages_touch_production() -> None:
    assert sorted(TOUCHING) == ["migrate", "smoke", "start", "stop", "swap", "wait"]


def test_only_what_comes_after_the_gate_touches_production() -> None:
    for kind in (RunKind.DEPLOY, RunKind.ROLLBACK, RunKind.RESTORE, RunKind.REWIND):
        names = [name for group in road(kind, side_by_side=True) for name in group]
        before, after = names[: names.index(StageName.APPROVE)], names[names.index(StageName.APPROVE) + 1 :]
        assert not TOUCHING & set(before)
        assert set(after) - {StageName.REPORT} <= TOUCHING


@pytest.mark.parametrize("kind", RunKind)
def test_each_stage_of_each_road_can_be_carried_out(kind: RunKind) -> None:
    for group in road(kind, side_by_side=True):
        for name in group:
            assert callable(stage(kind, name))


def test_a_rollback_chooses_its_release_where_a_deploy_records_one() -> None:
    assert stage(RunKind.ROLLBACK, StageName.TAG) is choose.run
    assert stage(RunKind.REWIND, StageName.TAG) is choose.run
    assert stage(RunKind.ROLLBACK_DRILL, StageName.TAG) is choose.run
    assert stage(RunKind.DEPLOY, StageName.TAG) is tag.run


def test_a_drill_chooses_and_reads_where_a_restore_asks_whether_it_fits() -> None:
    assert stage(RunKind.DRILL, StageName.CHECK) is examine.run
    assert stage(RunKind.RESTORE, StageName.CHECK) is check.run
