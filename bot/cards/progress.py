"""The card of a run: its header and a line for each stage."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.cards.cancel import called_off, cancel_rows
from bot.cards.card import Card
from pipeline.model.question import Question
from pipeline.model.run import UNDO, Run, RunView, StageRow
from pipeline.model.states import RunKind, RunState, StageState
from pipeline.wording.facts import fact
from pipeline.wording.markup import GAP, code, folded, joined, line
from pipeline.wording.so_far import apart
from pipeline.wording.words import (
    ANSWER_WANTED,
    KIND,
    RUN_SIGN,
    RUN_WORD,
    STAGE_SIGN,
    WARNING,
    clock,
    elapsed,
    roughly,
    short,
    span,
)

_LAST_LINE = 80
_WHOLE_SHA = re.compile(r"[0-9a-f]{40}")
_WORTH_TELLING = timedelta(minutes=1)  # from here on it changes once a minute, and so does the card


def run_card(
    view: RunView, now: datetime, *, silent: timedelta | None = None, asked: Question | None = None
) -> Card:
    """`silent`: for how long the worker has told nothing, where that is too long. `asked`: what it waits
    for."""
    run = view.run
    sign, word = (
        (ANSWER_WANTED, "Waits for your answer") if asked else (RUN_SIGN[run.state], RUN_WORD[run.state])
    )
    stages = [_stage(stage, now) for stage in view.stages if stage.state is not StageState.SKIPPED]
    skipped = [stage.name for stage in view.stages if stage.state is StageState.SKIPPED]
    if skipped:
        stages.append(f"{STAGE_SIGN[StageState.SKIPPED]} {', '.join(skipped)}")
    return Card(
        text=joined(
            f"{sign} <b>{word}</b> · {KIND[run.kind]} · {line(view.project, 63)}",
            what(run),
            _figures(view, now),
            *([GAP, *stages] if stages and not run.state.final else [folded(*stages)]),
            _footer(run, silent, asked),
            called_off(run),
        ),
        rows=cancel_rows(run),
    )


def what(run: Run) -> str:
    """Branch and commit, the run's number and who asked for it."""
    parts = [f"run {run.id}", f"asked by {line(run.requested_by, 80)}"]
    if run.branch or run.sha:
        place = " ".join(
            part for part in (line(run.branch or "", 100), code(short(run.sha)) if run.sha else "") if part
        )
        return " · ".join([place, *parts])
    if run.target:
        of_a_backup = run.kind in (RunKind.RESTORE, RunKind.DRILL)
        thing = "release " if run.kind.names_a_release else "backup " if of_a_backup else ""
        target = short(run.target) if _WHOLE_SHA.fullmatch(run.target) else run.target
        asked = target if target == UNDO else f"{thing}{target}"
        return " · ".join([code(asked, 100), *parts])
    return " · ".join(parts)


def _stage(stage: StageRow, now: datetime) -> str:
    parts = [f"{STAGE_SIGN[stage.state]} {stage.name}"]
    if stage.state is StageState.RUNNING:
        going = elapsed(now - stage.started_at) if stage.started_at else ""
        far, at_work = apart(stage.last_line or "")
        said = f"\n     {code(at_work, _LAST_LINE)}" if at_work else ""
        return " · ".join(part for part in (*parts, going, line(far, _LAST_LINE)) if part) + said
    if stage.waits:
        return f"{' · '.join(parts)}\n     {code(stage.last_line or '', _LAST_LINE)}"
    if stage.took is not None and stage.state is not StageState.SKIPPED:
        parts.append(span(stage.took))
    if stage.result is not None and (found := fact(stage.result)):
        parts.append(found)
    return " · ".join(parts)


def _figures(view: RunView, now: datetime) -> str:
    """How far it is, or how it ended."""
    run = view.run
    if run.finished_at is not None:
        failed = next((f", at {stage.name}" for stage in view.stages if stage.state is StageState.FAILED), "")
        taken = span(run.finished_at - (run.started_at or run.requested_at))
        return f"Ended {clock(run.finished_at)} after {taken}{failed}"
    if not view.stages or run.started_at is None:
        return ""
    done = sum(stage.state is StageState.SUCCEEDED for stage in view.stages)
    since = now - run.started_at
    going = f" · {roughly(since)}" if since >= _WORTH_TELLING else ""
    return f"{done} of {len(view.stages)} stages done{going}"


def _footer(run: Run, silent: timedelta | None, asked: Question | None) -> str:
    if run.state.final:
        return ""
    if silent is not None:
        return (
            f"\n{WARNING} The worker has been silent for {elapsed(silent) or span(silent)};"
            " the run goes on once it is back."
        )
    if asked is not None:
        return (
            f"\nIt was cut at <b>{asked.stage}</b>; how it goes on is for you to say, see the question below."
        )
    return "\nWaits for the worker to take it." if run.state is RunState.REQUESTED else ""
