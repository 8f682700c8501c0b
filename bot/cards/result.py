"""The result of a run, a message of its own: what happened, how production is, what to do next."""

from __future__ import annotations

from datetime import timedelta

from bot.callbacks import AgainTap, Choice, MenuTap, UndoTap
from bot.cards.card import GAP, Button, Card, joined
from bot.cards.facts import fact
from bot.cards.progress import what
from bot.cards.text import advice, block, code, line
from bot.cards.words import KIND, RUN_SIGN, named, short, span
from pipeline.model.release import Release
from pipeline.model.run import Run, RunView
from pipeline.model.states import RunKind, RunState, StageName, StageState

_LOG_LINES = 15
_LOG_LENGTH = 1500

_AGAIN = {
    RunKind.DEPLOY: "Deploy again",
    RunKind.ROLLBACK: "Roll back again",
    RunKind.BACKUP: "Back up again",
}


def result_card(view: RunView, before: Release | None) -> Card:
    """`before` is the release that was live when the run began."""
    run = view.run
    body = _well(view, before) if run.state is RunState.SUCCEEDED else _badly(run)
    return Card(
        text=joined(
            f"{_headline(run)} · {line(view.project, 63)}", what(run), GAP, *body, GAP, _figures(view)
        ),
        rows=_buttons(run, before),
    )


def downtime(view: RunView) -> timedelta | None:
    """From the stop of the services until a release served again, be it the one from before."""
    stop, back = view.stage(StageName.STOP), view.stage(StageName.REVERT) or view.stage(StageName.WAIT)
    if stop is None or back is None or stop.started_at is None or back.state is not StageState.SUCCEEDED:
        return None
    return back.finished_at - stop.started_at if back.finished_at else None


def _headline(run: Run) -> str:
    kind = KIND[run.kind]
    if run.state is RunState.BROKEN:
        return f"<b>CRITICAL</b> {RUN_SIGN[run.state]} <b>{kind} failed, and so did the way back</b>"
    words = {
        RunState.SUCCEEDED: {
            RunKind.DEPLOY: "Deployed",
            RunKind.ROLLBACK: "Rolled back",
            RunKind.BACKUP: "Backed up",
        }[run.kind],
        RunState.FAILED: f"{kind} failed, nothing changed",
        RunState.REVERTED: f"{kind} failed, the release from before is back",
        RunState.REJECTED: f"{kind} rejected",
        RunState.EXPIRED: f"{kind} not approved in time",
        RunState.VOIDED: f"{kind} called off: the plan no longer fits",
    }.get(run.state, kind)
    return f"{RUN_SIGN[run.state]} <b>{words}</b>"


def _well(view: RunView, before: Release | None) -> list[str]:
    if view.run.kind is RunKind.BACKUP:
        stage = view.stage(StageName.BACKUP)
        found = fact(stage.result) if stage and stage.result else ""
        return [
            f"The backup is kept: {found}." if found else "The backup is kept.",
            "Production was not touched.",
        ]
    said = [f"{code(short(view.run.sha))} serves now and passed its checks."]
    if before is not None:
        said.append(f"Before it was {code(named(before))}; /rollback brings it back.")
    return said


def _badly(run: Run) -> list[str]:
    failure = run.failure
    if failure is None:
        return ["What happened was not told. Look at /status."]
    where = f" at <b>{failure.stage}</b>" if failure.stage and run.state is not RunState.REJECTED else ""
    return [
        f"What happened{where}: {line(failure.what, 700)}",
        f"Production: {line(failure.production, 400)}",
        f"Next: {advice(failure.advice)}",
        block(failure.log, lines=_LOG_LINES, limit=_LOG_LENGTH),
    ]


def _figures(view: RunView) -> str:
    run = view.run
    parts = []
    if run.finished_at is not None:
        parts.append(f"Took {span(run.finished_at - (run.started_at or run.requested_at))}")
    without = downtime(view)
    if without is not None:
        parts.append(f"{span(without)} without service")
    if run.exit_code is not None:
        parts.append(f"exit code {run.exit_code.value}")
    return " · ".join(parts)


def _buttons(run: Run, before: Release | None) -> tuple[tuple[Button, ...], ...]:
    match run.state:
        case RunState.SUCCEEDED if run.kind is RunKind.DEPLOY and before and run.release_id:
            undo = UndoTap(release=run.release_id).pack()
            return ((Button(text="Roll back", data=undo, style="danger"),),)
        case RunState.EXPIRED | RunState.VOIDED:
            return (_again(run),)
        case RunState.FAILED if run.kind is not RunKind.ROLLBACK:
            return (_again(run),)
        case RunState.BROKEN:
            return ((Button(text="Status", data=MenuTap(choice=Choice.STATUS).pack(), style="primary"),),)
        case _:
            return ()


def _again(run: Run) -> tuple[Button, ...]:
    return (Button(text=_AGAIN[run.kind], data=AgainTap(run=run.id).pack()),)
