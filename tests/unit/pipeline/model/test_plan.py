"""The hash that an approval is bound to: it changes with what is deployed, and with nothing else."""

from dataclasses import replace

import pytest

from pipeline.model.plan import Plan, Side
from pipeline.model.release import RunId
from pipeline.model.results import CommitLine
from pipeline.model.states import RunKind, StageName
from tests.unit.pipeline.samples import IMAGE, NOW, OLD_IMAGE, OLD_SHA, RESULTS, plan

PLAN = plan()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": RunKind.ROLLBACK},
        {"project": "other"},
        {"live": None},
        {"live": replace(PLAN.live, sha="f" * 40)},
        {"live": replace(PLAN.live, images={"app": IMAGE, "worker": OLD_IMAGE})},
        {"live": replace(PLAN.live, schema_revision="0008")},
        {"goal": replace(PLAN.goal, sha=OLD_SHA)},
        {"goal": replace(PLAN.goal, branch="hotfix")},
        {"goal": replace(PLAN.goal, images={"app": IMAGE})},
        {"goal": replace(PLAN.goal, images={"app": OLD_IMAGE, "worker": IMAGE})},
        {"goal": replace(PLAN.goal, compose_hash="f6" * 32)},
        {"services": ["app"]},
        {"migration": None},
        {"migration": ["alembic", "downgrade", "base"]},
    ],
)
def test_it_changes_with_what_is_deployed(change: dict[str, object]) -> None:
    assert plan(**change).hash != PLAN.hash


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": RunId(8)},
        {"subject": "Another wording"},
        {"commits": [CommitLine(sha=OLD_SHA, author="Ada", subject="x")], "commit_count": 1},
        {"tests": RESULTS[StageName.TEST]},
        {"backup": RESULTS[StageName.BACKUP]},
        {"image_bytes": 1, "live_image_bytes": 2, "downtime_seconds": 3.0},
        {"warnings": ["Something to know."]},
        {"goal": replace(PLAN.goal, images={"worker": IMAGE, "app": IMAGE})},
    ],
)
def test_it_does_not_change_with_what_only_informs(change: dict[str, object]) -> None:
    assert plan(**change).hash == PLAN.hash


def test_the_same_plan_has_the_same_hash_everywhere() -> None:
    smallest = Plan(
        run_id=RunId(1),
        kind=RunKind.DEPLOY,
        project="agent",
        live=None,
        goal=Side(sha="0" * 40, branch="main", images={"app": "sha256:1"}, compose_hash="2", since=NOW),
        subject="",
        services=["app"],
    )
    assert smallest.hash == "dfb9d7223dd647345fe7d6c083890466e3dcb04af2876bc8eb347c6e2c7ae6d5"
    assert len(PLAN.hash) == 64


def test_it_survives_the_journal() -> None:
    whole = plan(tests=RESULTS[StageName.TEST], backup=RESULTS[StageName.BACKUP], downtime_seconds=4.5)
    back = Plan.from_json(whole.to_json())
    assert back == whole
    assert back.hash == whole.hash
