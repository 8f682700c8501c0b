"""Takes a cut run up again: what is there is looked at, and Master asked where that does not tell."""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog

from pipeline.engine.ending import Ending, StageError
from pipeline.engine.lines import Lines
from pipeline.engine.record import Record
from pipeline.engine.recover import Ask, Back, Facts, Forward, judge, look
from pipeline.model.errors import PipelineError
from pipeline.model.question import Question, Way
from pipeline.model.results import Migrated
from pipeline.model.run import Failure, RunView
from pipeline.model.states import TOUCHING, ExitCode, RunState, StageName, StageState
from pipeline.stages.journey import Journey
from pipeline.stages.switch import IN_BETWEEN

_WAIT_SECONDS = 5.0

log = structlog.get_logger()


async def resume(journey: Journey, view: RunView, record: Record, lines: Lines) -> Ending | None:
    """Prepares the journey for going on; the end of the run where Master leaves production as it is.

    Raises StageError where the previous release is to come back.
    """
    facts = await look(journey, view)
    verdict = judge(facts)
    log.info("run_resumed", run=journey.run.id, cut=facts.cut, verdict=type(verdict).__name__)
    match verdict:
        case Forward(again=again):
            _forget(journey, again)
        case Back(stage=stage, why=why):
            raise await _failed(record, stage, why)
        case Ask():
            way = await _answer(journey, view, verdict, lines)
            return await _follow(journey, facts, verdict, way, record)
    return None


async def _follow(journey: Journey, facts: Facts, ask: Ask, way: Way, record: Record) -> Ending | None:
    match way:
        case Way.AGAIN:
            if ask.stage is StageName.MIGRATE:
                await journey.parts.engine.remove(journey.one_off(StageName.MIGRATE))
                _forget(journey, tuple(TOUCHING - {StageName.STOP}))
        case Way.ON:
            before = facts.creating.get("before") if facts.creating else None
            done = Migrated(ran=True, before=before, after=facts.revision)
            await record.end(ask.stage, StageState.SUCCEEDED, done)
            journey.results[ask.stage] = done
        case Way.BACK:
            raise await _failed(record, ask.stage, f"The run was cut at stage {ask.stage}. {ask.what}")
        case Way.LEAVE:
            await record.end(ask.stage, StageState.FAILED, None)
            return _left(ask)
    return None


def _forget(journey: Journey, stages: tuple[StageName, ...]) -> None:
    for name in stages:
        journey.results.pop(name, None)


async def _failed(record: Record, stage: StageName, why: str) -> StageError:
    await record.end(stage, StageState.FAILED, None)
    return StageError(
        stage,
        PipelineError(why, production=IN_BETWEEN, advice="See the run's log, then deploy again."),
    )


def _left(ask: Ask) -> Ending:
    failure = Failure(
        stage=ask.stage,
        what=f"The run was cut at stage {ask.stage}. {ask.what}",
        production="Production was left as it was found: neither the new release nor the previous one was"
        " put in place.",
        advice="See /status; then /deploy or /rollback when it is wanted.",
    )
    return Ending(RunState.FAILED, ExitCode.DEPLOY_FAILED, failure)


async def _answer(journey: Journey, view: RunView, ask: Ask, lines: Lines) -> Way:
    """Master's answer, or what silence means. An answer that a cut executor got is not asked for again."""
    parts, run = journey.parts, journey.run
    tell = lines.teller(ask.stage)
    question = await _question(journey, view, ask)
    async with parts.store.news.subscribe() as news:
        while question.answer is None:
            left = (question.expires_at - parts.clock()).total_seconds()
            if left <= 0:
                await parts.store.questions.close(run.id, run.epoch, question.id)
            else:
                tell("was cut; waits for your answer")
                await news.wait(min(left, _WAIT_SECONDS))
            question = await _newest(journey)
    log.info("question_answered", run=run.id, answer=question.answer, by=question.answered_by)
    return question.answer


async def _question(journey: Journey, view: RunView, ask: Ask) -> Question:
    parts, run = journey.parts, journey.run
    row = view.stage(ask.stage)
    asked = await parts.store.questions.of_run(run.id)
    since = row.started_at if row else None
    if asked and asked.stage is ask.stage and (since is None or asked.asked_at > since):
        return asked
    return await parts.store.questions.open(
        run.id,
        run.epoch,
        ask.stage,
        ask.what,
        list(ask.choices),
        ask.fallback,
        secrets.token_urlsafe(12),
        parts.clock() + timedelta(minutes=parts.settings.approval_minutes),
    )


async def _newest(journey: Journey) -> Question:
    question = await journey.parts.store.questions.of_run(journey.run.id)
    if question is None:
        raise LookupError(f"the question of run {journey.run.id} is gone")
    return question
