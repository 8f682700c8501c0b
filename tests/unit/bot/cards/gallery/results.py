"""The result of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.cards.result import result_card
from pipeline.model.release import ReleaseId
from pipeline.model.results import Checked, CheckLine, Smoked, Swapped
from pipeline.model.states import (
    ExitCode,
    RunKind,
    RunState,
    StageName,
    StageState,
)
from tests.unit.bot import samples
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.gallery.progress import ALL, DONE
from tests.unit.bot.cards.test_drill import DRILL, PROVED, PROVEN
from tests.unit.bot.cards.test_restore import BACKUP
from tests.unit.bot.cards.test_rollback_drill import NO_WAY, TRIED, WAY_BACK, proven
from tests.unit.bot.samples import GOAL, LIVE, START, ended, failure, stage

ADA = "Ada (42)"

_LOG = "\n".join(
    [
        *(f"tests/test_answer.py::test_{number:02} PASSED" for number in range(30)),
        "FAILED tests/test_answer.py::test_order - AssertionError: assert ['b', 'a'] == ['a', 'b']",
        "FAILED tests/test_queue.py::test_restart - TimeoutError: nothing came within 5 s",
        "=================== 2 failed, 141 passed in 41.20s ===================",
    ]
)
_TESTS_FAIL = failure(
    what="2 of 143 tests failed: test_answer.py::test_order, test_queue.py::test_restart.", log=_LOG
)
_SMOKE_FAIL = failure(
    stage=StageName.SMOKE,
    what="2 of 7 checks failed: health (503 in 12 ms, 200 wanted), stats (no answer in 5 s).",
    production="Release 1a2b3c4 serves again and passed its checks.",
    advice="Look at the log, mend it, push, then /deploy again.",
    log="app  | ERROR the database is not there yet\napp  | ERROR giving up after 5 tries",
)
_BROKEN = failure(
    stage=StageName.START,
    what="app did not start: its port is taken. Then the way back failed: app is not healthy.",
    production="CRITICAL: production may be down; the services are stopped.",
    advice="Look at production now: /status, then the containers' logs.",
    log="",
)
_NOT_APPROVED = failure(
    stage=StageName.APPROVE,
    what="Nobody answered the plan until 10:30 UTC.",
    advice="Ask again when you can answer: /deploy.",
    log="",
)
_CHECKED = Checked(
    backup_id=BACKUP.id,
    path=BACKUP.path,
    database=None,
    bytes=BACKUP.bytes,
    sha256=BACKUP.sha256,
    taken_at=START - timedelta(hours=7),
    release=GOAL,
    proven=True,
)
_SWAPPED = [
    replace(stage(StageName.CHECK, StageState.SUCCEEDED, 1, 1), result=_CHECKED),
    replace(
        stage(StageName.SWAP, StageState.SUCCEEDED, 2, 1),
        result=Swapped(database="server_agent", kept_as="server_agent_before_12"),
    ),
]
_WELL = {"state": RunState.SUCCEEDED, "exit_code": ExitCode.SUCCESS, "release_id": ReleaseId(4)}
_NO_CODE = {"branch": None, "sha": None}


def _proof(**changes: Any) -> list[Any]:
    return [replace(stage(StageName.PROVE, StageState.SUCCEEDED, 2, 21), result=replace(PROVED, **changes))]


RESULTS = {
    "deployed": of(result_card, ended(ALL, **_WELL), samples.release()),
    "tests failed": of(
        result_card,
        ended(DONE[:2], state=RunState.FAILED, exit_code=ExitCode.TEST_FAILED, failure=_TESTS_FAIL),
        None,
    ),
    "the release from before is back": of(
        result_card,
        ended(
            [
                *ALL[:10],
                replace(
                    stage(StageName.SMOKE, StageState.FAILED, 110, 9),
                    result=Smoked(
                        checks=[CheckLine(name="health", ok=False, figure="503", limit="200", detail="")],
                        attempts=5,
                    ),
                ),
            ],
            state=RunState.REVERTED,
            exit_code=ExitCode.SMOKE_FAILED,
            failure=_SMOKE_FAIL,
        ),
        samples.release(),
    ),
    "critical": of(
        result_card,
        ended(state=RunState.BROKEN, exit_code=ExitCode.ROLLBACK_FAILED, failure=_BROKEN),
        samples.release(),
    ),
    "not approved in time": of(
        result_card,
        ended(state=RunState.EXPIRED, exit_code=ExitCode.NOT_APPROVED, failure=_NOT_APPROVED),
        None,
    ),
    "rejected": of(
        result_card,
        ended(
            state=RunState.REJECTED,
            exit_code=ExitCode.NOT_APPROVED,
            failure=replace(
                _NOT_APPROVED, what=f"{ADA} rejected the plan.", advice="Ask again when it is wanted."
            ),
        ),
        None,
        pictured=False,
    ),
    "rolled back": of(
        result_card,
        ended(ALL, kind=RunKind.ROLLBACK, **{**_WELL, "sha": LIVE, "branch": None}),
        samples.release(sha=GOAL),
    ),
    "rolled back with data": of(
        result_card,
        ended(_SWAPPED, kind=RunKind.REWIND, target="3", **{**_WELL, "sha": LIVE, "branch": None}),
        samples.release(sha=GOAL),
        pictured=False,
    ),
    "restored": of(
        result_card,
        ended(_SWAPPED, kind=RunKind.RESTORE, target="12", **_WELL, **_NO_CODE),
        samples.release(sha=GOAL),
    ),
    "backed up": of(
        result_card,
        ended(
            [stage(StageName.BACKUP, StageState.SUCCEEDED, 1, 3)], kind=RunKind.BACKUP, **_WELL, **_NO_CODE
        ),
        None,
        PROVEN,
    ),
    "proven": of(result_card, ended(_proof(), **_WELL, **DRILL), None),
    "not usable": of(
        result_card,
        ended(
            state=RunState.FAILED,
            exit_code=ExitCode.BACKUP_FAILED,
            failure=failure(
                stage=StageName.PROVE,
                what="Backup 12 is not usable: table public.thought is missing; it was put in quarantine.",
                advice="Make another at once: /backup. The last proven one is number 9 of 2026-03-04.",
                log="",
            ),
            target="12",
            **DRILL,
        ),
        None,
    ),
    "way back proven": of(result_card, proven(TRIED), None),
    "no way back": of(
        result_card,
        ended(state=RunState.FAILED, exit_code=ExitCode.BACKUP_FAILED, failure=NO_WAY, **WAY_BACK),
        None,
    ),
    "tests passed": of(result_card, ended(DONE[:3], kind=RunKind.TEST, **_WELL), None, pictured=False),
}
