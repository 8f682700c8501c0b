"""A run under way as texts: a screen that is redrawn, a line for each change, events for machines. Pure."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from pipeline.model.run import RunView, StageRow
from pipeline.model.states import StageState
from pipeline.wording.facts import fact
from pipeline.wording.markup import clean, cut, plain
from pipeline.wording.outcome import figures, headline
from pipeline.wording.words import KIND, RUN_SIGN, RUN_WORD, STAGE_SIGN, duration, span

_LINE = 200
_NAME = 8
_TOOK = 9
_AS_EMOJI = "\ufe0f"


def screen(view: RunView, now: datetime) -> str:
    """A line for the run and one for each stage: sign, name, duration, newest line or what it found."""
    run = view.run
    until = run.finished_at or now
    head = f"{RUN_SIGN[run.state]} {RUN_WORD[run.state]} · {_about(view)} · {span(until - run.requested_at)}"
    return "\n".join([head, *(_row(stage, now) for stage in view.stages)])


def fitted(text: str, columns: int, rows: int) -> list[str]:
    """The lines cut to a terminal's width; the first and the newest of them where there are too many."""
    lines = [_cut(line, columns - 1) for line in text.splitlines()]
    return lines if len(lines) < rows else [lines[0], *lines[len(lines) - max(rows - 2, 0) :]]


def _cut(line: str, cells: int) -> str:
    kept = ""
    for char in line:
        cells -= _cells(char)
        if cells < 0:
            return kept
        kept += char
    return kept


def _cells(char: str) -> int:
    """How many columns a terminal may take for it, rather too many than too few."""
    if char == _AS_EMOJI:
        return 1
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def asked(view: RunView) -> str:
    return f"{_about(view)}, asked by {clean(view.run.requested_by)}"


def changes(before: RunView | None, after: RunView) -> list[str]:
    """One line for each stage that began, ended or said something since `before`."""
    lines = []
    for stage in after.stages:
        old = before.stage(stage.name) if before else None
        was = old.state if old else StageState.PENDING
        line = stage.last_line
        if line and line != (old.last_line if old else None):
            lines.append(f"{stage.name:<{_NAME}} {cut(clean(line), _LINE)}")
        if stage.state is not was:
            lines.append(f"{stage.name:<{_NAME}} {_turn(stage)}")
    if before and before.run.state is not after.run.state and not after.run.state.final:
        lines.append(f"{'run':<{_NAME}} {RUN_WORD[after.run.state].lower()}")
    return lines


def outcome(view: RunView) -> str:
    """How the run ended: the headline, the three sentences of a failure, its last lines, the figures."""
    failure = view.run.failure
    lines = ["", f"{plain(headline(view))} · {view.project} · run {view.run.id}"]
    if failure is not None:
        where = f" at {failure.stage}" if failure.stage else ""
        lines += [
            f"What happened{where}: {clean(failure.what)}",
            f"Production: {clean(failure.production)}",
            f"Next: {clean(failure.advice)}",
            *(f"  {cut(clean(line), _LINE)}" for line in failure.log.splitlines()),
        ]
    return "\n".join([*lines, figures(view)])


def events(before: RunView | None, after: RunView) -> list[dict[str, Any]]:
    """What changed since `before`, one object each (docs/commands.md)."""
    run = after.run.id
    found: list[dict[str, Any]] = []
    if before is None or before.run.state is not after.run.state:
        found.append({"event": "run", "run": run, "kind": after.run.kind, "state": after.run.state})
    for stage in after.stages:
        old = before.stage(stage.name) if before else None
        if stage.last_line and stage.last_line != (old.last_line if old else None):
            found.append({"event": "line", "run": run, "stage": stage.name, "line": stage.last_line})
        if stage.state is not (old.state if old else StageState.PENDING):
            seconds = round(stage.took.total_seconds(), 1) if stage.took is not None else None
            found.append(
                {"event": "stage", "run": run, "stage": stage.name, "state": stage.state, "seconds": seconds}
            )
    return found


def _about(view: RunView) -> str:
    return f"{KIND[view.run.kind]} · {view.project} · run {view.run.id}"


def _row(stage: StageRow, now: datetime) -> str:
    took, said = "", ""
    if stage.state is StageState.RUNNING and stage.started_at:
        took, said = span(now - stage.started_at), clean(stage.last_line or "")
    elif stage.waits:
        said = clean(stage.last_line or "")
    elif stage.took is not None and stage.state is not StageState.SKIPPED:
        took, said = span(stage.took), _found(stage)
    return f"  {STAGE_SIGN[stage.state]} {stage.name:<{_NAME}} {took:>{_TOOK}}  {cut(said, _LINE)}".rstrip()


def _turn(stage: StageRow) -> str:
    match stage.state:
        case StageState.RUNNING:
            return "started"
        case StageState.SUCCEEDED | StageState.FAILED:
            word = "done" if stage.state is StageState.SUCCEEDED else "failed"
            took = f" after {duration(stage.took.total_seconds())}" if stage.took is not None else ""
            found = _found(stage)
            return f"{word}{took}{f': {found}' if found else ''}"
        case StageState.SKIPPED:
            return "skipped"
        case StageState.PENDING:
            return "is done again"


def _found(stage: StageRow) -> str:
    if stage.state is StageState.FAILED:
        return clean(stage.last_line or "")
    return plain(fact(stage.result)) if stage.result is not None else ""
