"""The result of a run, a message of its own: what happened, how production is, what to do next."""

from __future__ import annotations

from bot.callbacks import AgainTap, Choice, LogsTap, MenuTap, ProveTap, UndoRestoreTap, UndoTap
from bot.cards.card import Button, Card, copying
from bot.cards.progress import what
from pipeline.model.release import Backup, Release
from pipeline.model.results import Approved, BackedUp, Checked, Proved, Swapped
from pipeline.model.run import Run, RunView
from pipeline.model.states import RunKind, RunState, StageName
from pipeline.wording.facts import fact
from pipeline.wording.markup import GAP, advice, code, joined, line, output, told_of_production
from pipeline.wording.outcome import figures, headline, unusable, without_a_backup
from pipeline.wording.plan import despite_freeze
from pipeline.wording.restore import last_proven
from pipeline.wording.words import FROZEN, day, named, short

_CALLED_OFF = frozenset({RunState.REJECTED, RunState.CANCELLED})
_LOG_LINES = 15
_LOG_LENGTH = 1500

_AGAIN = {
    RunKind.DEPLOY: "Deploy again",
    RunKind.ROLLBACK: "Roll back again",
    RunKind.BACKUP: "Back up again",
    RunKind.TEST: "Test again",
    RunKind.BUILD: "Build again",
    RunKind.RESTORE: "Restore again",
    RunKind.DRILL: "Prove again",
    RunKind.REWIND: "Roll back again",
    RunKind.ROLLBACK_DRILL: "Try again",
}


def result_card(view: RunView, before: Release | None, proven: Backup | None = None) -> Card:
    """`before` is the release that was live when the run began, `proven` the newest proven backup."""
    run = view.run
    body = _well(view, before, proven) if run.state is RunState.SUCCEEDED else _badly(run)
    return Card(
        text=joined(
            f"{headline(view)} · {line(view.project, 63)}",
            what(run),
            figures(view),
            *_despite_freeze(view),
            GAP,
            *body,
        ),
        rows=(*_buttons(view, before), *copying(view.run.sha)),
    )


def _well(view: RunView, before: Release | None, proven: Backup | None) -> list[str]:
    if view.run.kind is RunKind.BACKUP:
        stage = view.stage(StageName.BACKUP)
        found = fact(stage.result) if stage and stage.result else ""
        if without_a_backup(view):
            return [f"No backup was made: {found}.", "Production was not touched."]
        return [
            f"The backup is kept: {found}." if found else "The backup is kept.",
            *_not_in_chat(view),
            "Production was not touched.",
            f"{last_proven(proven, view.run.finished_at or view.run.requested_at)}.",
        ]
    if view.run.kind is RunKind.DRILL:
        return _proved(view)
    if view.run.kind is RunKind.RESTORE:
        return _restored(view, before)
    if view.run.kind is RunKind.REWIND:
        return _rewound(view, before)
    if not view.run.kind.switches:
        stage = view.stage(StageName.TEST) or view.stage(StageName.BUILD)
        found = fact(stage.result) if stage and stage.result else ""
        done = f"{code(short(view.run.sha))}: {found}." if found else f"{code(short(view.run.sha))} is done."
        return [done, "Production was not touched."]
    said = [f"{_goal(view.run)} serves now and passed its checks."]
    if before is not None:
        said.append(f"Before it was {code(named(before))}; /rollback brings it back.")
    return [*said, *_not_in_chat(view)]


def _goal(run: Run) -> str:
    """A release that was found in place has no commit."""
    return code(short(run.sha)) if run.sha else f"Release {run.release_id or run.target}"


def _despite_freeze(view: RunView) -> list[str]:
    stage = view.stage(StageName.APPROVE)
    found = stage.result if stage else None
    if not isinstance(found, Approved) or not found.despite_freeze:
        return []
    return [f"{FROZEN} {despite_freeze(found.by, found.reason)}"]


def _not_in_chat(view: RunView) -> list[str]:
    stage = view.stage(StageName.BACKUP)
    made = stage.result if stage else None
    return [f"The backup was {line(made.chat)}."] if isinstance(made, BackedUp) and made.chat else []


def _proved(view: RunView) -> list[str]:
    stage = view.stage(StageName.PROVE)
    found = stage.result if stage else None
    if not isinstance(found, Proved):
        return ["The backup is proven.", "Production was not touched."]
    return [
        f"Backup {found.backup_id} can be restored: {fact(found)}.",
        *([f"Note: {line(found.note, 400)}"] if found.note else []),
        "Production was not touched; the copy is gone again.",
    ]


def _restored(view: RunView, live: Release | None) -> list[str]:
    serves = [f"Release {code(named(live))} serves on it and passed its checks."] if live else []
    kept = _kept(view)
    return [
        *_data(view),
        *serves,
        *([f"The database of before is kept whole as {kept}; Undo brings it back."] if kept else []),
    ]


def _rewound(view: RunView, before: Release | None) -> list[str]:
    kept = _kept(view)
    undo = (
        f"The database of before is kept whole as {kept}; Undo brings it back, but not the code: the two then"
        " differ again."
    )
    return [
        f"{_goal(view.run)} serves now and passed its checks.",
        *_data(view),
        *([f"Before it was {code(named(before))}."] if before else []),
        *([undo] if kept else []),
    ]


def _data(view: RunView) -> list[str]:
    check = view.stage(StageName.CHECK)
    found = check.result if check else None
    if not isinstance(found, Checked):
        return []
    source = f"backup {found.backup_id}" if found.backup_id else "the database from before a restore"
    return [f"The data is that of {source}, from {day(found.taken_at)}."]


def _kept(view: RunView) -> str:
    """The name of the database of before, as HTML; empty where there is none."""
    swap = view.stage(StageName.SWAP)
    swapped = swap.result if swap else None
    return code(swapped.kept_as, 63) if isinstance(swapped, Swapped) else ""


def _badly(run: Run) -> list[str]:
    failure = run.failure
    if failure is None:
        return ["What happened was not told. Look at /status."]
    where = f" at {failure.stage}" if failure.stage and run.state not in _CALLED_OFF else ""
    return [
        f"<b>What happened{where}:</b> {line(failure.what, 700)}",
        told_of_production(failure.production),
        f"<b>Next:</b> {advice(failure.advice)}",
        output(failure.log, lines=_LOG_LINES, limit=_LOG_LENGTH),
    ]


def _buttons(view: RunView, before: Release | None) -> tuple[tuple[Button, ...], ...]:
    run = view.run
    match run.state:
        case RunState.SUCCEEDED if run.kind is RunKind.DEPLOY and before and run.release_id:
            undo = UndoTap(release=run.release_id).pack()
            return ((Button(text="Roll back", data=undo, style="danger"),),)
        case RunState.SUCCEEDED if run.kind.swaps:
            unrestore = UndoRestoreTap(run=run.id).pack()
            return ((Button(text="Undo", data=unrestore, style="danger"),),)
        case RunState.SUCCEEDED if run.kind is RunKind.BACKUP and (number := _backup(view)):
            return ((Button(text="Prove it", data=ProveTap(backup=number).pack(), style="primary"),),)
        case RunState.FAILED if unusable(run):
            backup = Button(text="Back up", data=MenuTap(choice=Choice.BACKUP).pack(), style="primary")
            return ((backup, _logs(run)),)
        case RunState.EXPIRED | RunState.VOIDED | RunState.CANCELLED:
            return (_again(run),)
        case RunState.FAILED if not run.kind.goes_back:
            return ((*_again(run), _logs(run)),)
        case RunState.FAILED | RunState.REVERTED:
            return ((_logs(run),),)
        case RunState.BROKEN:
            status = Button(text="Status", data=MenuTap(choice=Choice.STATUS).pack(), style="primary")
            return ((status, _logs(run)),)
        case _:
            return ()


def _backup(view: RunView) -> int | None:
    stage = view.stage(StageName.BACKUP)
    return stage.result.backup_id if stage and isinstance(stage.result, BackedUp) else None


def _logs(run: Run) -> Button:
    return Button(text="Logs", data=LogsTap(run=run.id).pack())


def _again(run: Run) -> tuple[Button, ...]:
    return (Button(text=_AGAIN[run.kind], data=AgainTap(run=run.id).pack(), style="primary"),)
