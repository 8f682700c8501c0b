from __future__ import annotations

import pytest

from pipeline.chaos import Point
from pipeline.engine.road import road
from pipeline.model.states import StageName
from tests.chaos.cell import KINDS
from tests.chaos.cells import ALL, CELLS, ROWS, chosen
from tests.chaos.handover.cells import CELLS as HAND_OVERS
from tests.chaos.handover.cells import ROWS as OF_HAND_OVERS


def test_each_cell_has_a_name_of_its_own_and_a_stage_of_its_road() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    for cell in CELLS:
        stages = {name for group in road(cell.kind, side_by_side=True) for name in group}
        assert cell.stage in stages | {StageName.REVERT}, cell.name
        assert cell.point in set(Point), cell.name


def test_each_stage_is_tried_at_each_kind_of_death() -> None:
    for kind in KINDS:
        names = {cell.name for cell in CELLS}
        stages = [name for group in road(kind, side_by_side=True) for name in group]
        assert {f"{kind}/{stage}/worker-killed-acted" for stage in stages} <= names


def test_each_row_is_tried_somewhere_and_says_why() -> None:
    for row in (*ROWS, *OF_HAND_OVERS):
        assert row.why
        assert list(row.cells()), row.fault


def test_each_death_of_the_hand_over_is_tried_at_a_stage_of_its_road() -> None:
    assert len({cell.name for cell in HAND_OVERS}) == len(HAND_OVERS)
    for cell in HAND_OVERS:
        stages = {name for group in road(cell.kind, side_by_side=True, itself=True) for name in group}
        assert cell.stage in stages | {StageName.REVERT}, cell.name
    killed = {cell.stage for cell in HAND_OVERS if cell.fault == "hand-over killed"}
    assert killed == {"stop", "start", "wait", "smoke", "report"}


def test_cells_are_chosen_by_a_part_of_their_name() -> None:
    part = chosen(["--slice"])
    assert {cell.kind for cell in part} == set(KINDS)
    assert [cell.road for cell in part if cell in HAND_OVERS] == ["controller deploy"]
    assert [cell.name for cell in chosen(["deploy/smoke/release-unwell"])] == ["deploy/smoke/release-unwell"]
    assert all("start" in cell.name for cell in chosen(["/start/"]))
    assert chosen([]) == list(ALL)
    with pytest.raises(LookupError):
        chosen(["nothing like this"])
