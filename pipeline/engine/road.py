"""The road of each kind of run, and what a failure at a stage means. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pipeline.model.results import Result
from pipeline.model.states import RunKind, StageName
from pipeline.stages import (
    approve,
    backup,
    build,
    check,
    choose,
    examine,
    hand_over,
    migrate,
    prepare,
    prove,
    pull,
    ready,
    rehearse,
    report,
    revert,
    smoke,
    start,
    stop,
    swap,
    tag,
    test,
    trial,
    undo,
    wait,
)
from pipeline.stages.journey import Journey

Stage = Callable[[Journey], Awaitable[Result]]

_SWITCH = [[StageName.STOP], [StageName.MIGRATE], [StageName.START], [StageName.WAIT], [StageName.SMOKE]]
_INDEPENDENT = [StageName.BACKUP, StageName.TEST, StageName.BUILD]

_STAGES: dict[StageName, Stage] = {
    StageName.PULL: pull.run,
    StageName.BACKUP: backup.run,
    StageName.TEST: test.run,
    StageName.BUILD: build.run,
    StageName.TAG: tag.run,
    StageName.REHEARSE: rehearse.run,
    StageName.APPROVE: approve.run,
    StageName.HAND_OVER: hand_over.run,
    StageName.STOP: stop.run,
    StageName.MIGRATE: migrate.run,
    StageName.START: start.run,
    StageName.WAIT: wait.run,
    StageName.SMOKE: smoke.run,
    StageName.REPORT: report.run,
    StageName.REVERT: revert.run,
    StageName.CHECK: check.run,
    StageName.PREPARE: prepare.run,
    StageName.SWAP: swap.run,
    StageName.PROVE: prove.run,
    StageName.TRIAL: trial.run,
}


def road(
    kind: RunKind, *, side_by_side: bool, down: bool = False, itself: bool = False
) -> list[list[StageName]]:
    """Groups of stages in order; the stages of one group need nothing of each other. `down`: of a rollback
    that takes the schema down, too. `itself`: of the controller, which is handed over; opening its journal
    migrates it."""
    if itself and kind in (RunKind.DEPLOY, RunKind.ROLLBACK):
        plain = [group for group in road(kind, side_by_side=side_by_side) if group != [StageName.MIGRATE]]
        at = plain.index([StageName.APPROVE]) + 1
        return [*plain[:at], [StageName.HAND_OVER], *plain[at:]]
    match kind:
        case RunKind.DEPLOY:
            independent = [_INDEPENDENT] if side_by_side else [[name] for name in _INDEPENDENT]
            return [
                [StageName.PULL],
                *independent,
                [StageName.TAG],
                [StageName.REHEARSE],
                [StageName.APPROVE],
                *_SWITCH,
                [StageName.REPORT],
            ]
        case RunKind.ROLLBACK if down:
            before = [StageName.TAG, StageName.BACKUP, StageName.APPROVE]
            return [*([name] for name in before), *_SWITCH, [StageName.REPORT]]
        case RunKind.ROLLBACK:
            switch = [group for group in _SWITCH if group != [StageName.MIGRATE]]
            return [[StageName.TAG], [StageName.APPROVE], *switch, [StageName.REPORT]]
        case RunKind.BACKUP:
            return [[StageName.BACKUP], [StageName.REPORT]]
        case RunKind.TEST:
            return [[StageName.PULL], [StageName.TEST], [StageName.REPORT]]
        case RunKind.BUILD:
            return [[StageName.PULL], [StageName.BUILD], [StageName.REPORT]]
        case RunKind.RESTORE | RunKind.REWIND:
            before = [StageName.CHECK, StageName.BACKUP, StageName.PREPARE, StageName.APPROVE]
            if kind is RunKind.REWIND:
                before.insert(0, StageName.TAG)
            switch = [[StageName.SWAP] if group == [StageName.MIGRATE] else group for group in _SWITCH]
            return [*([name] for name in before), *switch, [StageName.REPORT]]
        case RunKind.DRILL:
            return [[StageName.CHECK], [StageName.PROVE], [StageName.REPORT]]
        case RunKind.ROLLBACK_DRILL:
            return [[StageName.TAG], [StageName.CHECK], [StageName.TRIAL], [StageName.REPORT]]


def stage(kind: RunKind, name: StageName) -> Stage:
    if kind.names_a_release and name is StageName.TAG:
        return choose.run
    if kind is RunKind.DRILL and name is StageName.CHECK:
        return examine.run
    if kind is RunKind.ROLLBACK_DRILL and name is StageName.CHECK:
        return ready.run
    if kind.goes_back and name is StageName.MIGRATE:
        return undo.run
    return _STAGES[name]
