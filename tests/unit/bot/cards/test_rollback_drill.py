"""The cards of a rollback drill, as whole texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.callbacks import AgainTap, LogsTap, MenuTap
from bot.cards.progress import run_card
from bot.cards.result import result_card
from pipeline.model.release import BackupId, ReleaseId
from pipeline.model.results import CheckLine, Tried
from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import LIVE, START, after, ended, failure, stage, view

TRIED = Tried(
    release_id=ReleaseId(3),
    commit=LIVE[:7],
    backup_id=BackupId(12),
    taken_at=START - timedelta(hours=7),
    schema="0007",
    start_seconds=12.4,
    seconds=71.0,
    checks=[
        CheckLine(name="health", ok=True, figure="200 in 7 ms", limit="200", detail=""),
        CheckLine(name="notes", ok=True, figure="200 in 9 ms", limit="200", detail=""),
        CheckLine(name="telegram", ok=True, figure="skipped", limit="", detail="", judged=False),
    ],
    cut=["ports of app", "only to be read: /srv/<data> of app", "checks left out: telegram, resources, logs"],
)
WAY_BACK: dict[str, Any] = {
    "kind": RunKind.ROLLBACK_DRILL,
    "branch": None,
    "sha": LIVE,
    "requested_by": "the schedule",
}
NO_WAY = failure(
    stage=StageName.TRIAL,
    what="The way back to release 3 (1a2b3c4) does not work. On a copy: The release did not become healthy:"
    " app ended right after its start.",
    advice="A rollback to it would likely fail likewise: see /releases for others, or mend it. See"
    " whether the copy is why: it reached nothing but itself, and did without: ports of app.",
    log='app: column "mark" does not exist',
)


def proven(tried: Tried) -> RunView:
    return ended(
        [replace(stage(StageName.TRIAL, StageState.SUCCEEDED, 3, 71), result=tried)],
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
        **WAY_BACK,
    )


def test_its_progress() -> None:
    going = view(
        [stage(StageName.TRIAL, StageState.RUNNING, 2, said="starting release 1a2b3c4 on the copy")],
        **WAY_BACK,
    )
    assert run_card(going, after(23)).text == (
        "▶️ <b>Running</b> · Rollback drill · server-agent-vnext\n"
        "<code>1a2b3c4</code> · run 12 · asked by the schedule\n"
        "0 of 1 stages done\n"
        "\n"
        "▶️ trial · 20 s\n"
        "     <code>starting release 1a2b3c4 on the copy</code>"
    )


DATA = (
    "\nIt needs the data of then, too (Code + data): what was written since would be gone from the database."
)


@pytest.mark.parametrize(("with_data", "said"), [(False, ""), (True, DATA)])
def test_the_way_back_is_proven(with_data: bool, said: str) -> None:
    card = result_card(proven(replace(TRIED, with_data=with_data)), None)
    assert card.text == (
        "✅ <b>Way back proven</b> · server-agent-vnext\n"
        "<code>1a2b3c4</code> · run 12 · asked by the schedule\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "The way back to <code>1a2b3c4</code> works: started in 12 s, 2 checks passed, on the data of"
        f" 2026-03-09 03:00 UTC (backup 12, schema 0007).{said}\n"
        "The copy reached nothing but itself.\n"
        "It did without: ports of app; only to be read: /\u2060srv/&lt;data&gt; of app; checks left out:"
        " telegram, resources, logs.\n"
        "Production was not touched; the copy is gone again."
    )


def test_the_way_back_does_not_work() -> None:
    run = {"state": RunState.FAILED, "exit_code": ExitCode.BACKUP_FAILED, "failure": NO_WAY, **WAY_BACK}
    card = result_card(ended(**run), None)
    assert card.text.startswith("❌ <b>The way back does not work</b> · server-agent-vnext\n")
    assert "<b>Production</b> was not touched: the live release keeps serving." in card.text
    ((again, logs), *_) = card.rows
    assert (again.text, AgainTap.unpack(again.data).run) == ("Try again", 12)
    assert LogsTap.unpack(logs.data).run == 12


@pytest.mark.parametrize(
    ("failed_at", "code", "head", "button"),
    [
        (StageName.CHECK, ExitCode.DEPLOY_FAILED, "Way back not tried, nothing changed", AgainTap),
        (StageName.TRIAL, ExitCode.DEPLOY_FAILED, "Way back not tried, nothing changed", AgainTap),
        (StageName.CHECK, ExitCode.BACKUP_FAILED, "Backup not usable", MenuTap),
    ],
)
def test_it_could_not_be_tried(failed_at: StageName, code: ExitCode, head: str, button: Any) -> None:
    why = failure(stage=failed_at)
    card = result_card(ended(state=RunState.FAILED, exit_code=code, failure=why, **WAY_BACK), None)
    assert card.text.startswith(f"❌ <b>{head}</b> ·")
    assert button.unpack(card.rows[0][0].data)
