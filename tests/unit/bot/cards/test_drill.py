"""The cards of a drill, and what a backup's own card says of the last one, as whole texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.callbacks import AgainTap, Choice, LogsTap, MenuTap, ProveTap
from bot.cards.progress import run_card
from bot.cards.result import result_card
from pipeline.model.release import Backup, BackupId, ProjectId
from pipeline.model.results import BackedUp, Checked, Proved
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import START, after, ended, failure, stage, view

CHECKED = Checked(
    backup_id=BackupId(12),
    path="/b/12.dump",
    database=None,
    bytes=12_900_000,
    sha256="0" * 64,
    taken_at=START,
    release=None,
    proven=True,
)
PROVED = Proved(backup_id=BackupId(12), tables=4, rows=20_107, indexes=6, seconds=21.5)
PROVEN = Backup(
    id=BackupId(9),
    project_id=ProjectId(1),
    run_id=None,
    database="server_agent",
    path="/b/9.dump",
    bytes=12_900_000,
    sha256="0" * 64,
    created_at=after(-500_000),
    proven_at=after(-400_000),
)
DRILL: dict[str, Any] = {
    "kind": RunKind.DRILL,
    "branch": None,
    "sha": None,
    "requested_by": "the schedule",
}


def test_the_progress_of_a_drill() -> None:
    going = view(
        [
            replace(stage(StageName.CHECK, StageState.SUCCEEDED, 1, 1), result=CHECKED),
            stage(StageName.PROVE, StageState.RUNNING, 2, said="restoring table 2 of 4 · public.thought"),
            stage(StageName.REPORT, StageState.PENDING),
        ],
        target="12",
        **DRILL,
    )
    assert run_card(going, after(23)).text == (
        "▶️ <b>Running</b> · Drill · server-agent-vnext\n"
        "<code>backup 12</code> · run 12 · asked by the schedule\n"
        "1 of 3 stages done\n"
        "\n"
        "✅ check · 1 s · backup 12, 12.3 MB\n"
        "▶️ prove · 20 s · restoring table 2 of 4\n"
        "     <code>public.thought</code>\n"
        "▫️ report"
    )


@pytest.mark.parametrize(
    ("proved", "said"),
    [
        (PROVED, "4 tables, 20107 rows, all as backed up, 6 indexes checked."),
        (
            replace(PROVED, indexes=None, note="No amcheck <here>."),
            "4 tables, 20107 rows, all as backed up.\nNote: No amcheck &lt;here&gt;.",
        ),
    ],
)
def test_a_backup_that_is_proven(proved: Proved, said: str) -> None:
    card = result_card(
        ended(
            [replace(stage(StageName.PROVE, StageState.SUCCEEDED, 2, 21), result=proved)],
            state=RunState.SUCCEEDED,
            exit_code=ExitCode.SUCCESS,
            **DRILL,
        ),
        None,
    )
    assert card.text == (
        "✅ <b>Backup proven</b> · server-agent-vnext\n"
        "run 12 · asked by the schedule\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        f"Backup 12 can be restored: {said}\n"
        "Production was not touched; the copy is gone again."
    )
    assert card.rows == ()


def test_a_backup_that_is_not_usable_is_an_alert() -> None:
    why = failure(
        stage=StageName.PROVE,
        what="Backup 12 is not usable: table public.thought is missing; it was put in quarantine.",
        advice="Make another at once: /backup. The last proven one is number 9 of 2026-03-03 15:06 UTC.",
        log="",
    )
    card = result_card(
        ended(state=RunState.FAILED, exit_code=ExitCode.BACKUP_FAILED, failure=why, target="12", **DRILL),
        None,
    )
    assert card.text == (
        "❌ <b>Backup not usable</b> · server-agent-vnext\n"
        "<code>backup 12</code> · run 12 · asked by the schedule\n"
        "Took 3 min 12 s · exit code 6\n"
        "\n"
        "<b>What happened at prove:</b> Backup 12 is not usable: table public.thought is missing; it was put"
        " in quarantine.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> Make another at once: /backup. The last proven one is number 9 of 2026-03-03 15:06 UTC."
    )
    ((backup, logs),) = card.rows
    assert (backup.text, MenuTap.unpack(backup.data).choice) == ("Back up", Choice.BACKUP)
    assert (logs.text, LogsTap.unpack(logs.data).run) == ("Logs", 12)


def test_one_that_could_not_be_tried_can_be_asked_for_again() -> None:
    card = result_card(
        ended(state=RunState.FAILED, exit_code=ExitCode.DEPLOY_FAILED, failure=failure(), **DRILL), None
    )
    assert card.text.startswith("❌ <b>Backup not tried, nothing changed</b> · server-agent-vnext\n")
    ((again, logs),) = card.rows
    assert (again.text, AgainTap.unpack(again.data).run) == ("Prove again", 12)
    assert logs.text == "Logs"


def test_the_result_of_a_backup_offers_to_prove_it_and_says_which_was_proven_last() -> None:
    made = BackedUp(backup_id=BackupId(12), path="/b/12.dump", bytes=12_900_000, sha256="0" * 64)
    backed_up = ended(
        [replace(stage(StageName.BACKUP, StageState.SUCCEEDED, 1, 3), result=made)],
        kind=RunKind.BACKUP,
        branch=None,
        sha=None,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
    )
    card = result_card(backed_up, None, PROVEN)
    assert card.text == (
        "✅ <b>Backed up</b> · server-agent-vnext\n"
        "run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "The backup is kept: 12.3 MB.\n"
        "Production was not touched.\n"
        "Last proven backup: number 9, 4 d ago."
    )
    ((prove,),) = card.rows
    assert (prove.text, ProveTap.unpack(prove.data).backup) == ("Prove it", 12)
