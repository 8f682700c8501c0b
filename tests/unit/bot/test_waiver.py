"""When AUTO_APPROVE_PATHS answers a plan, and why it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.waiver import Difference, objection
from pipeline.model.results import Rehearsed
from pipeline.model.states import RunKind
from tests.unit.bot.samples import START, plan

PATTERNS = ("docs/**", "*.md")
PLAN = plan(compose_changes=[])


def _differs(*files: str, **changes: Any) -> Difference:
    plain = Difference(files=files, rewritten=False, declared=None, compose_file="deploy/app.yml")
    return replace(plain, **changes)


@pytest.mark.parametrize("files", [("docs/a/b.txt", "README.md"), ("docs/x",), ()])
def test_it_does_where_every_file_fits(files: tuple[str, ...]) -> None:
    assert objection(PLAN, _differs(*files), PATTERNS, None) is None


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (("README.md", "app/main.py"), "app/main.py fits no pattern"),
        (("app/README.md",), "app/README.md fits no pattern"),
        (("docs/migrations/0001.md",), "docs/migrations/0001.md is a migration"),
        (("docs/schema.sql",), "docs/schema.sql is a migration"),
        (("docs/Dockerfile",), "docs/Dockerfile says how it is built or run"),
        (("docs/compose.yaml",), "docs/compose.yaml says how it is built or run"),
        (("deploy/app.yml",), "deploy/app.yml says how it is built or run"),
    ],
)
def test_it_does_not_for_other_files(files: tuple[str, ...], why: str) -> None:
    assert objection(PLAN, _differs(*files), PATTERNS, None) == why


def test_it_does_not_for_a_migration_that_the_project_declares() -> None:
    differs = _differs("docs/steps/1.txt", declared=["docs/steps/**"])
    assert objection(PLAN, differs, PATTERNS, None) == "docs/steps/1.txt is a migration"
    rehearsed = replace(PLAN, rehearsed=Rehearsed(ran=True, revisions=["steps/2"]))
    assert objection(rehearsed, _differs("README.md"), PATTERNS, None) == "steps/2 is a migration"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"live": None}, "nothing is live that it could be compared with"),
        ({"kind": RunKind.ROLLBACK}, "nothing is live that it could be compared with"),
        ({"compose_changes": ["services.app.image"]}, "the compose file differs"),
        ({"compose_changes": None}, "the compose file differs"),
    ],
)
def test_it_does_not_for_what_else_is_at_stake(changes: dict[str, Any], why: str) -> None:
    assert objection(replace(PLAN, **changes), _differs("README.md"), PATTERNS, None) == why


def test_it_does_not_during_a_freeze_or_after_a_rewrite() -> None:
    assert objection(PLAN, _differs("README.md"), PATTERNS, START) == "a freeze holds"
    lost = _differs("README.md", rewritten=True)
    assert objection(PLAN, lost, PATTERNS, None) == "the live commit is not part of its history"
