"""Whether a plan needs no person's approval, by AUTO_APPROVE_PATHS. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.pushed import is_compose_file, is_dockerfile
from pipeline.model.plan import Plan
from pipeline.model.states import RunKind
from pipeline.project.migrations import PATHS, migrations

SETTING = "AUTO_APPROVE_PATHS"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a plan's commit changes in the live one. `declared` are the project's patterns of migrations, if
    any; `rewritten`: the live commit is not part of its history."""

    files: Sequence[str]
    rewritten: bool
    declared: Sequence[str] | None
    compose_file: str


def objection(
    plan: Plan, differs: Difference, patterns: Sequence[str], frozen: datetime | None
) -> str | None:
    """Why a person has to answer; None where every file fits a pattern, and nothing else is at stake."""
    files = differs.files
    new = plan.rehearsed.revisions if plan.rehearsed else []
    moved = [*new, *migrations(files, (*(differs.declared or ()), *PATHS))]
    others = sorted(set(files) - set(migrations(files, patterns)))
    steering = [path for path in files if is_dockerfile(path) or is_compose_file(path, differs.compose_file)]
    if plan.kind is not RunKind.DEPLOY or plan.live is None or plan.live.sha is None:
        return "nothing is live that it could be compared with"
    if frozen is not None:
        return "a freeze holds"
    if differs.rewritten:
        return "the live commit is not part of its history"
    if moved:
        return f"{moved[0]} is a migration"
    if steering:
        return f"{steering[0]} says how it is built or run"
    if plan.compose_changes is None or plan.compose_changes:
        return "the compose file differs"
    return f"{others[0]} fits no pattern" if others else None
