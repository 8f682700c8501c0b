"""Tells the journal what was done on the command line while it was away, before anything else is done."""

from __future__ import annotations

import asyncio

import structlog

from pipeline.engine.drive import leave_tidy
from pipeline.engine.ending import Ending
from pipeline.engine.local import carry
from pipeline.engine.local_ending import Unproven, superseded
from pipeline.engine.local_file import LocalRun, local_runs
from pipeline.engine.local_look import foreign
from pipeline.model.errors import PipelineError
from pipeline.model.release import Project, RunId
from pipeline.model.run import Failure
from pipeline.model.states import TOUCHING, ApprovalState, ExitCode, RunState, StageName
from pipeline.stages.journey import Parts
from pipeline.stages.live import containers, settle_tags
from pipeline.stages.of_itself import is_itself
from pipeline.stages.report import written
from pipeline.store.local import PastRun

_OWN_RESULT = "The rollback has a result of its own, which says what serves."

log = structlog.get_logger()


async def catch_up(parts: Parts, project: Project) -> RunId | None:
    """To be called under the executor's lock, before runs are taken. The newest run that was told, if any.

    A rollback that was cut goes on first; one of this program itself is only checked, or called off. Raises
    PipelineError, and errors of the journal, where a helper is away; it can then be called again, and tells
    nothing twice.
    """
    told = None
    runs = await asyncio.to_thread(local_runs, parts.layout.by_hand)
    for run in runs:
        if run.ending is None:
            await _end(parts, run, newest=run is runs[-1])
        await _end_what_was_cut(parts, project, run)
        told = await _tell(parts, project, run) or told
        try:
            run.put_away()
        except OSError as error:  # it is known by its key
            log.warning("local_file_left", file=run.path.name, problem=str(error))
    return told


async def _end(parts: Parts, run: LocalRun, *, newest: bool) -> None:
    log.warning("local_rollback_unfinished", goal=run.began.goal.short_sha, by=run.began.by)
    if not newest:
        run.end(superseded(run, "another one came after it"), parts.clock())
    elif others := foreign(await containers(parts), run):
        why = f"since then somebody changed {', '.join(others)} to images of neither release"
        run.end(superseded(run, why), parts.clock())
    else:
        how = await carry(parts, run, _log_line, within=is_itself(parts))
        if isinstance(how, Unproven):
            failure = how.failure
            raise PipelineError(failure.what, production=failure.production, advice=failure.advice)


def _log_line(stage: StageName, line: str) -> None:
    log.info("local_rollback_goes_on", stage=stage, line=line)


async def _end_what_was_cut(parts: Parts, project: Project, local: LocalRun) -> None:
    """The rollback took the place of the run that was under way or waited then: nobody goes on with it."""
    runs = parts.store.runs
    active = await runs.active(project.id)
    if active is None or active.requested_at > local.last_at:
        return
    run = await runs.claim(active.id)
    if run is None:
        return
    view = await runs.view(run.id)
    approval = await parts.store.approvals.of_run(run.id)
    if approval and approval.state is ApprovalState.PENDING:
        await parts.store.approvals.close(approval.id, run.epoch, ApprovalState.VOIDED)
    question = await parts.store.questions.of_run(run.id)
    if question and question.answer is None:
        await parts.store.questions.close(run.id, run.epoch, question.id)
    touched = any(row.started_at for row in view.stages if row.name in TOUCHING)
    how = took_its_place(local, view.current.name if view.current else None, touched=touched)
    await leave_tidy(parts, run, how)
    await runs.finish(run.id, run.epoch, how.state, how.code, how.failure)
    parts.layout.unwritten(run.id).unlink(missing_ok=True)
    log.warning("run_replaced", run=run.id, by=local.began.by)


def took_its_place(local: LocalRun, stage: StageName | None, *, touched: bool) -> Ending:
    """How a run ends that was under way when the rollback began. `touched`: it had changed production."""
    state = local.ending.state if local.ending else RunState.FAILED
    goal = local.began.goal.short_sha
    match state:
        case _ if not touched:
            end, production = RunState.FAILED, f"This run had not touched it. {_OWN_RESULT}"
        case RunState.SUCCEEDED:
            end, production = RunState.REVERTED, f"{goal} was brought back and passed its checks."
        case RunState.BROKEN:
            end, production = RunState.BROKEN, "CRITICAL: that rollback failed too; production may be down."
        case _:
            end, production = RunState.FAILED, _OWN_RESULT
    failure = Failure(
        stage=stage,
        what=f"The run was cut. Meanwhile {local.began.by} rolled back to {goal} on the command line, which"
        " took its place.",
        production=production,
        advice="Deploy again when it is wanted.",
    )
    code = ExitCode.ROLLBACK_FAILED if end is RunState.BROKEN else ExitCode.DEPLOY_FAILED
    return Ending(end, code, failure)


async def _tell(parts: Parts, project: Project, local: LocalRun) -> RunId | None:
    began, how = local.began, local.ending
    if how is None:
        raise LookupError(f"{local.path.name} has no end")
    run = await parts.store.local.tell(
        project.id,
        PastRun(
            key=local.key,
            by=began.by,
            target=began.target,
            goal=began.goal,
            before=began.before,
            began=began.at,
            ended=local.last_at,
            state=how.state,
            code=how.code,
            failure=how.failure,
            stages=list(local.rows.values()),
            serves=how.state is RunState.SUCCEEDED,
        ),
    )
    if run is None:
        return None
    log.info("local_rollback_told", run=run, by=began.by, state=how.state)
    try:
        await settle_tags(parts, project.id)
        view = await parts.store.runs.view(run)
        await written(parts, view)
    except (PipelineError, OSError) as error:
        log.warning("run_left_untidy", run=run, problem=str(error))
    return run
