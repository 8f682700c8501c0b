"""All that a plan holds, where the card shows what fits."""

from __future__ import annotations

import shlex

from pipeline.model.plan import Plan, Restoring
from pipeline.model.states import RunKind
from pipeline.wording.facts import backup, image, rehearsed, tests
from pipeline.wording.markup import code, joined, line
from pipeline.wording.plan import commit_line
from pipeline.wording.restore import table_change
from pipeline.wording.words import KIND, day

_ID = 12
_NAMES = 4000


def plan_details(plan: Plan) -> str:
    """HTML of any length."""
    deploys = plan.kind is RunKind.DEPLOY
    sections = [
        *([_data(plan.restore)] if plan.restore else []),
        *([_commits(plan)] if deploys else []),
        *([_migration(plan)] if deploys or plan.migration or plan.schema else []),
        _compose_file(plan),
        *([_tests(plan)] if plan.tests is not None else []),
        *([_images(plan)] if plan.image_bytes or plan.goal.images else []),
        *([_backup(plan)] if plan.backup is not None else []),
        *([_checks(plan)] if plan.checks is not None else []),
    ]
    head = f"<b>Details</b> · {KIND[plan.kind]} · {line(plan.project, 63)} · run {plan.run_id}"
    return "\n\n".join([head, *sections])


def _data(restore: Restoring) -> str:
    changes = restore.changes
    return joined(
        "<b>Data</b>",
        f"From {day(restore.taken_at)}; what was written until {day(restore.until)} is not in it.",
        "What was written since cannot be compared." if changes is None else "",
        f"Tables that differ: {len(changes)}" if changes is not None else "",
        *(table_change(each) for each in changes or []),
    )


def _commits(plan: Plan) -> str:
    total = max(plan.commit_count, len(plan.commits))
    missing = total - len(plan.commits)
    return joined(
        f"<b>Commits since live: {total}</b>",
        *map(commit_line, plan.commits),
        f"… and {missing} older ones" if missing else "",
    )


def _migration(plan: Plan) -> str:
    found = plan.rehearsed
    new = found.revisions if found else []
    return joined(
        "<b>Migration</b>",
        f"Command: {code(shlex.join(plan.migration), 1000) if plan.migration else 'none'}",
        f"Rehearsed on a copy: {rehearsed(found)}" if found and found.ran else "",
        f"Not rehearsed: {line(found.note, 300)}" if found and not found.ran and found.note else "",
        f"New: {len(new)}" if new else "",
        *(code(path, 300) for path in new),
        f"Schema: {line(plan.schema, 500)}" if plan.schema else "",
    )


def _compose_file(plan: Plan) -> str:
    changes = plan.compose_changes
    if changes is None:
        return "<b>Compose file</b>\nThere is none of a live release to compare it with."
    head = f"<b>Compose file: {len(changes) or 'no'} change{'' if len(changes) == 1 else 's'}</b>"
    return joined(head, *(code(change, 300) for change in changes))


def _tests(plan: Plan) -> str:
    found = plan.tests
    if found is None:
        return ""
    return joined(
        "<b>Tests</b>",
        tests(found),
        *(f"{line(name, 100)}: {count}" for name, count in found.suites.items()),
        line(found.note, 300) if found.note else "",
    )


def _images(plan: Plan) -> str:
    before = plan.live.images if plan.live else {}
    return joined(
        "<b>Images</b>",
        f"Size: {image(plan.image_bytes, plan.live_image_bytes)}" if plan.image_bytes else "",
        *(
            f"{line(name, 63)}: {_id(before.get(name)) or 'none'} → {_id(wanted)}"
            for name, wanted in sorted(plan.goal.images.items())
        ),
    )


def _id(found: str | None) -> str:
    return code(found.removeprefix("sha256:")[:_ID]) if found else ""


def _backup(plan: Plan) -> str:
    made = plan.backup
    if made is None:
        return ""
    return joined("<b>Backup</b>", backup(made) if made.path else line(made.note or "none", 200))


def _checks(plan: Plan) -> str:
    checks = plan.checks
    if checks is None:
        return ""
    kinds = (
        ("Required", checks.required),
        ("If offered", checks.if_offered),
        ("Left out", checks.left_out),
    )
    return joined(
        "<b>Smoke test</b>",
        *(f"{name}: {line(', '.join(found), _NAMES)}" for name, found in kinds if found),
    )
