"""What is swept under the lock of one project, while another one's executor writes beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.engine.leftovers import half_written, swept
from pipeline.stages.layout import Layout

LEFT = [
    "backups/shop/one.dump.zst.part",
    "releases/shop/adopted-1/compose.yml.part",
    "reports/run-7/report.json.part",
    "locks/shop.holder.part",
]
NOT_OURS = [
    "backups/agent/two.dump.zst.part",
    "backups/shop.two/three.dump.zst.part",
    "releases/agent/7/compose.yml.part",
    "reports/run-8/report.json.part",
    "reports/run-70/tests/junit.xml.part",
    "reports/of-nobody.part",
    "locks/agent.holder.part",
    "backups/shop/one.dump.zst",
]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    for name in (*LEFT, *NOT_OURS):
        path = tmp_path / "state" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    return tmp_path / "state"


def test_only_what_is_of_the_project_goes(state: Path) -> None:
    assert sorted(swept(Layout(state, "shop"), [7])) == sorted(state / name for name in LEFT)
    assert sorted(path for path in state.rglob("*") if path.is_file()) == sorted(
        state / name for name in NOT_OURS
    )
    assert swept(Layout(state, "shop"), [7]) == []
    assert swept(Layout(state / "missing", "shop"), [7]) == []


def test_whose_reports_are_to_be_asked_of_the_journal(state: Path) -> None:
    assert half_written(state / "reports") == {7, 8, 70}
    assert half_written(state / "missing") == set()
