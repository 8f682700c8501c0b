"""Approve: the plan is put to Master; an answer counts only while the plan still fits what is there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Never

from pipeline.model.checks import CHECKS, ENTRIES, SmokeSection
from pipeline.model.errors import PipelineError, PlanVoided
from pipeline.model.moment import clock, day
from pipeline.model.plan import Approval, Plan, PlannedChecks, Side, rejection
from pipeline.model.probation import BY
from pipeline.model.release import Release
from pipeline.model.results import Approved, BackedUp, Built, Pulled, Rehearsed, Tagged, Tested
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from pipeline.project.application import Application
from pipeline.project.difference import differences
from pipeline.stages import moved, restoring
from pipeline.stages.fitting import still_fits
from pipeline.stages.gate import void, waited
from pipeline.stages.journey import Journey
from pipeline.stages.moved import Moved
from pipeline.stages.of_itself import is_itself, stays
from pipeline.stages.probation import waived
from pipeline.stages.resolved import pinned_hash, read, resolve
from pipeline.stages.revision import revision_at_the_gate

_LATE = timedelta(minutes=2)  # from the last moment of an answer to the worker's look at it


class NotApproved(PipelineError):
    """Master said no, or nothing in time; silence means no."""

    exit_code = ExitCode.NOT_APPROVED

    def __init__(self, state: RunState, what: str) -> None:
        super().__init__(what, advice="Ask again when it is wanted.")
        self.state = state


async def run(journey: Journey) -> Approved:
    parts = journey.parts
    approval = await parts.store.approvals.of_run(journey.run.id) or await _ask(journey)
    if approval.state is ApprovalState.PENDING:
        approval = await waited(journey, approval)
    if approval.state is not ApprovalState.APPROVED or approval.answered_at is None:
        _refused(approval)
    try:
        _in_time(journey, approval)
        _not_frozen(journey, approval, approval.answered_at)
        await still_fits(journey, approval.plan)
    except PlanVoided as error:
        await void(journey, approval, error)
        raise
    await parts.store.runs.move(journey.run.id, journey.run.epoch, RunState.RUNNING)
    return Approved(
        by=approval.answered_by or "unknown",
        at=approval.answered_at,
        despite_freeze=approval.despite_freeze,
        reason=approval.reason,
    )


async def _ask(journey: Journey) -> Approval:
    plan = await make_plan(journey)
    expires = journey.parts.clock() + timedelta(minutes=journey.parts.settings.approval_minutes)
    approvals, epoch, nonce = journey.parts.store.approvals, journey.run.epoch, secrets.token_urlsafe(12)
    if await waived(journey, plan):
        return await approvals.open_answered(epoch, plan, nonce, expires, BY)
    return await approvals.open(epoch, plan, nonce, expires)


def _in_time(journey: Journey, approval: Approval) -> None:
    """Raises PlanVoided where the worker was away until an approval had long run out: Master meant then."""
    if journey.parts.clock() > approval.expires_at + _LATE:
        raise PlanVoided(
            f"The plan was approved in time, but the worker was away until after"
            f" {clock(approval.expires_at)}, when it expired."
        )


def _not_frozen(journey: Journey, approval: Approval, at: datetime) -> None:
    """Raises PlanVoided where it was approved during a freeze by someone who did not know of it."""
    until = journey.parts.settings.freezes.until(journey.run.kind, at)
    if until is not None and not approval.despite_freeze:
        raise PlanVoided(
            f"The plan was approved at {clock(at)}, but not despite the freeze that holds until {day(until)}."
        )


def _refused(approval: Approval) -> Never:
    match approval.state:
        case ApprovalState.REJECTED:
            raise NotApproved(RunState.REJECTED, rejection(approval.answered_by, approval.reason))
        case ApprovalState.VOIDED | ApprovalState.SUPERSEDED:
            raise PlanVoided(approval.what_changed or "The plan no longer fits what is there.")
        case _:
            raise NotApproved(
                RunState.EXPIRED, f"Nobody answered the plan until {clock(approval.expires_at)}."
            )


async def make_plan(journey: Journey) -> Plan:
    """What the run is going to do, from the results so far and what serves now."""
    parts = journey.parts
    goal = await journey.goal()
    app = await read(parts, goal.kept_compose_file)
    tagged = journey.found(StageName.TAG, Tagged)
    pulled = journey.found(StageName.PULL, Pulled)
    built = journey.found(StageName.BUILD, Built)
    tests = journey.found(StageName.TEST, Tested)
    rehearsed = journey.found(StageName.REHEARSE, Rehearsed)
    kind = journey.run.kind
    deploys, swaps = kind is RunKind.DEPLOY, kind.swaps
    goes = await _goes(journey, goal) if kind is RunKind.ROLLBACK else None
    now, unknown = (
        (goes.now, []) if goes else await revision_at_the_gate(parts, app, journey.live, run=journey.run.id)
    )
    backup = journey.found(StageName.BACKUP, BackedUp)
    return Plan(
        run_id=journey.run.id,
        kind=journey.run.kind,
        project=journey.project.name,
        live=side(journey.live, now) if journey.live else None,
        goal=Side(
            sha=goal.sha,
            branch=goal.branch,
            images=goal.images,
            compose_hash=tagged.compose_hash
            if tagged
            else await pinned_hash(parts, goal.kept_compose_file, goal.images),
            schema_revision=goal.schema_revision,
            since=goal.live_since if kind.goes_back else None,
        ),
        subject=pulled.subject if pulled else "",
        services=[service.label for service in app.services],
        migration=_migration(deploys, app, goes),
        commits=pulled.commits if pulled else [],
        commit_count=pulled.commit_count if pulled else 0,
        tests=tests,
        backup=backup,
        rehearsed=rehearsed,
        image_bytes=built.bytes if built else 0,
        live_image_bytes=built.live_bytes if built else None,
        downtime_seconds=await parts.store.runs.last_downtime(journey.project.id),
        warnings=[
            *warnings(
                live=journey.live,
                app=app,
                tests=tests,
                pulled=pulled,
                schema=moved.warned(goes, backup.backup_id if backup else None) if goes else [],
            ),
            *unknown,
            *await _lost_database(journey, app),
            *not_rehearsed(rehearsed),
            *(await restoring.warnings(journey) if swaps else []),
        ],
        checks=planned_checks(app.section.smoke),
        restore=await restoring.restoring(journey) if swaps else None,
        schema=moved.sentence(goes) if goes else None,
        compose_changes=await _compose_changes(journey, goal, app),
    )


async def _compose_changes(journey: Journey, goal: Release, app: Application) -> list[str] | None:
    """Keys that differ from the live release's compose file; compose is asked only where the files differ."""
    if journey.live is None:
        return None
    before, after = journey.live.kept_compose_file, goal.kept_compose_file
    if not before.is_file():
        return None
    if before.read_bytes() == after.read_bytes():
        return []
    parts = journey.parts
    return differences(await resolve(parts, [before]), await resolve(parts, [after]), app.names)


def _migration(deploys: bool, app: Application, goes: Moved | None) -> list[str] | None:
    if deploys:
        return app.section.migrate.command if app.section.migrate else None
    return goes.down if goes else None


async def _goes(journey: Journey, goal: Release) -> Moved:
    """What becomes of the schema in a rollback. Raises PlanVoided where that is no longer as when its road
    was laid."""
    parts = journey.parts
    found = await stays(parts, goal) if is_itself(parts) else await moved.look(journey, goal)
    if (found.then if found.down else None) != journey.result(StageName.TAG, Tagged).down_to:
        raise PlanVoided(f"The schema moved while the rollback was prepared: it is at {found.now or 'none'}.")
    return found


def planned_checks(section: SmokeSection) -> PlannedChecks:
    """Where health is left out, what the project does not speak of is not asked for over HTTP either."""
    if_offered: list[str] = [
        name
        for name in CHECKS
        if name in (*ENTRIES, "stats") and name not in section.skip and section.endpoint(name) is None
    ]
    left_out = [*section.skip, *(if_offered if "health" in section.skip else [])]
    made = [name for name in CHECKS if name not in (*left_out, *if_offered)]
    return PlannedChecks(
        required=[*made, *(check.name for check in section.checks)],
        if_offered=[name for name in if_offered if name not in left_out],
        left_out=[name for name in CHECKS if name in left_out],
    )


def not_rehearsed(found: Rehearsed | None) -> list[str]:
    """A warning where the migration was to be rehearsed and could not."""
    return [f"The migration could not be rehearsed: {found.note}."] if found and found.hindered else []


async def _lost_database(journey: Journey, app: Application) -> list[str]:
    """A warning where the live release has a database and this commit says that there is none."""
    if app.section.database or journey.live is None or journey.run.kind is not RunKind.DEPLOY:
        return []
    live = await read(journey.parts, journey.live.kept_compose_file)
    if not live.section.database:
        return []
    return ["The live release has a database and this commit says that there is none: nothing was backed up."]


def side(live: Release, revision: str | None) -> Side:
    """What serves, as a plan tells it."""
    return Side(
        sha=live.sha,
        branch=live.branch,
        images=live.images,
        compose_hash=live.compose_hash,
        schema_revision=revision,
        since=live.live_since,
    )


def warnings(
    *,
    live: Release | None,
    app: Application,
    tests: Tested | None,
    pulled: Pulled | None,
    schema: Sequence[str] = (),
) -> list[str]:
    """What Master should know before the answer; `schema` is what there is to say of the schema."""
    found = []
    if live is None:
        found.append("Nothing is live yet: if this fails, there is no release to go back to.")
    if tests and not tests.ran:
        found.append("The project declares no tests (x-pipeline.test): nothing was tested.")
    if tests and tests.note:
        found.append(tests.note)
    if pulled and pulled.unrelated and live and live.sha:
        found.append("The live commit shares no history with this one: the branch may have been rewritten.")
    if pulled and pulled.dropped:
        found.append(f"The live release has {pulled.dropped} commits that this one has not.")
    if pulled and pulled.submodules:
        found.append(f"Submodules are left out: {', '.join(pulled.submodules)}.")
    found += schema
    staying = [service.label for service in app.services if not service.rollback_enabled]
    if staying:
        found.append(f"Not brought back if this fails (deployment.rollback-enabled): {', '.join(staying)}.")
    return found
