from typing import Any

import pytest

from pipeline.model.checks import CHECKS, SmokeSection
from pipeline.model.plan import PlannedChecks
from pipeline.stages.approve import planned_checks

OWN = {"name": "queue", "tcp": "queue:6379"}
AUTO = ["database", "telegram", "reactive_worker", "proactive_scheduler", "stats"]


@pytest.mark.parametrize(
    ("section", "planned"),
    [
        ({}, PlannedChecks(required=["health", "resources", "logs"], if_offered=AUTO)),
        (dict.fromkeys(CHECKS, True), PlannedChecks(required=list(CHECKS))),
        (dict.fromkeys(CHECKS, False), PlannedChecks(required=[], left_out=list(CHECKS))),
        (
            {"skip": ["stats", "logs"], "database": True, "checks": [OWN]},
            PlannedChecks(
                required=["health", "database", "resources", "queue"],
                if_offered=AUTO[1:4],
                left_out=["stats", "logs"],
            ),
        ),
        (
            {"health": False, "telegram": True},
            PlannedChecks(
                required=["telegram", "resources", "logs"],
                left_out=["health", "database", *AUTO[2:]],
            ),
        ),
    ],
)
def test_what_the_plan_says_of_the_smoke_test(section: dict[str, Any], planned: PlannedChecks) -> None:
    assert planned_checks(SmokeSection.model_validate(section)) == planned
