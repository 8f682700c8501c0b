"""The card of a run under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.cards.progress import run_card
from pipeline.model.results import Pulled
from pipeline.model.states import (
    RunState,
    StageName,
    StageState,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_drill import DRILL
from tests.unit.bot.samples import GOAL, after, ended, failure, stage, view

DONE = [
    replace(
        stage(StageName.PULL, StageState.SUCCEEDED, 1, 2),
        result=Pulled(sha=GOAL, branch="main", subject="Answer within two seconds", source="/s"),
    ),
    stage(StageName.BACKUP, StageState.SUCCEEDED, 3, 4),
    stage(StageName.TEST, StageState.SUCCEEDED, 3, 41),
    stage(StageName.BUILD, StageState.SUCCEEDED, 3, 65),
    stage(StageName.TAG, StageState.SUCCEEDED, 69, 0.4),
]
_SWITCH = (
    StageName.APPROVE,
    StageName.STOP,
    StageName.MIGRATE,
    StageName.START,
    StageName.WAIT,
    StageName.SMOKE,
)
ALL = [
    *DONE,
    *(stage(name, StageState.SUCCEEDED, 90 + 4 * number, 3.2) for number, name in enumerate(_SWITCH)),
    stage(StageName.REPORT, StageState.SUCCEEDED, 190, 0.6),
]


def _pending(*names: StageName) -> list[Any]:
    return [stage(name, StageState.PENDING) for name in names]


PROGRESS = {
    "asked for": of(
        run_card,
        view(state=RunState.REQUESTED, sha=None, branch=None, target="feature/mood", started_at=None),
        after(4),
    ),
    "tests and build side by side": of(
        run_card,
        view(
            [
                *DONE[:2],
                stage(
                    StageName.TEST,
                    StageState.RUNNING,
                    3,
                    said="tests/test_answer.py::test_order 45 of 143 tests",
                ),
                stage(
                    StageName.BUILD,
                    StageState.RUNNING,
                    5,
                    said="#12 [build 4/7] RUN pip install --require-hashes",
                ),
                *_pending(StageName.TAG, *_SWITCH, StageName.REPORT),
            ]
        ),
        after(40),
    ),
    "waits for approval": of(
        run_card,
        view(
            [
                *DONE,
                stage(StageName.APPROVE, StageState.RUNNING, 70),
                *_pending(*_SWITCH[1:], StageName.REPORT),
            ],
            state=RunState.AWAITING,
        ),
        after(400),
    ),
    "waits for the controller": of(
        run_card,
        view(
            [
                *DONE,
                stage(StageName.APPROVE, StageState.SUCCEEDED, 70, 20),
                stage(
                    StageName.STOP,
                    StageState.PENDING,
                    said="waits for run 13, in which the controller is replaced",
                ),
                *_pending(*_SWITCH[2:], StageName.REPORT),
            ]
        ),
        after(99),
        pictured=False,
    ),
    "waits for an answer": of(
        run_card,
        view([*DONE, stage(StageName.MIGRATE, StageState.RUNNING, 75)], switching_at=after(72)),
        after(99),
        asked=samples.question(),
    ),
    "the worker is silent": of(
        run_card,
        view([*DONE, stage(StageName.START, StageState.RUNNING, 75)], switching_at=after(72)),
        after(300),
        silent=timedelta(seconds=187),
    ),
    "going back": of(
        run_card,
        view(
            [
                *ALL[:10],
                stage(StageName.SMOKE, StageState.FAILED, 110, 9),
                stage(StageName.REVERT, StageState.RUNNING, 120, said="app: starting"),
            ],
            state=RunState.REVERTING,
            switching_at=after(90),
        ),
        after(133),
    ),
    "done": of(run_card, ended(ALL, state=RunState.SUCCEEDED), after(400)),
    "failed": of(
        run_card,
        ended(
            [
                *DONE[:2],
                stage(StageName.TEST, StageState.FAILED, 3, 95),
                *(
                    stage(name, StageState.SKIPPED)
                    for name in (StageName.BUILD, StageName.TAG, *_SWITCH, StageName.REPORT)
                ),
            ],
            state=RunState.FAILED,
            failure=failure(),
        ),
        after(400),
    ),
    "cancelled, and not ended yet": of(
        run_card,
        view([*DONE[:2], stage(StageName.TEST, StageState.RUNNING, 3)], cancelled_by="Lin (43)"),
        after(40),
    ),
    "a drill": of(
        run_card,
        view(
            [stage(StageName.PROVE, StageState.RUNNING, 2, said="restoring table 2 of 4: public.thought")],
            **DRILL,
        ),
        after(23),
    ),
}
