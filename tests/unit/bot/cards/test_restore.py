"""The cards of a restore, as whole texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.callbacks import ProveTap, RestoreTap, UndoRestoreTap
from bot.cards.plan import plan_card
from bot.cards.restore import backups_card, sure_card
from bot.cards.result import result_card
from pipeline.model.plan import Restoring, TableChange
from pipeline.model.release import Backup, BackupId, ProjectId, RunId
from pipeline.model.results import Checked, Swapped
from pipeline.model.run import UNDO
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from pipeline.wording.restore import in_quarantine
from tests.unit.bot.samples import GOAL, START, after, approval, ended, failure, plan, release, stage

BACKUP = Backup(
    id=BackupId(12),
    project_id=ProjectId(1),
    run_id=RunId(3),
    database="server_agent",
    path="/b/12.dump",
    bytes=12_900_000,
    sha256="0" * 64,
    created_at=START,
    manifest_sha256="1" * 64,
    release=GOAL,
)
OLDER = replace(BACKUP, id=BackupId(9), release=None, manifest_sha256=None, created_at=after(-90_000))
NOW = START + timedelta(hours=3, minutes=20)
RESTORING = Restoring(
    backup_id=BackupId(12),
    database="server_agent_restore_21",
    taken_at=START,
    until=NOW,
    bytes=12_900_000,
    sha256="0" * 64,
    release=GOAL,
    safety_id=BackupId(13),
    kept_as="server_agent_before_21",
    changes=[
        TableChange(name="public.thought", then=100, now=112),
        TableChange(name="public.note", then=2, now=2),
        TableChange(name="public.new", then=None, now=3),
        TableChange(name="public.old", then=7, now=None),
    ],
)


def test_whether_a_backup_was_copied_off_site_is_in_the_list() -> None:
    copied, failed = replace(BACKUP, copied_at=NOW), replace(BACKUP, copy_problem="<no> route\n to it")
    assert backups_card([copied, failed], NOW).text.splitlines()[2:6] == [
        "▫️ <b>12</b> · 3 h ago · 12.3 MB · <code>9f8e7d6</code>",
        "2026-03-09 10:00 UTC · never proven · copied off site",
        "▫️ <b>12</b> · 3 h ago · 12.3 MB · <code>9f8e7d6</code>",
        "2026-03-09 10:00 UTC · never proven · not copied off site: &lt;no&gt; route to it",
    ]


def test_the_backups_to_choose_from() -> None:
    card = backups_card([BACKUP, OLDER], NOW, undo=21)
    assert card.text == (
        "❓ <b>Which backup is to be restored?</b>\n"
        "\n"
        "▫️ <b>12</b> · 3 h ago · 12.3 MB · <code>9f8e7d6</code>\n"
        "2026-03-09 10:00 UTC · never proven\n"
        "▫️ <b>9</b> · 1 d ago · 12.3 MB · no manifest\n"
        "2026-03-08 09:00 UTC · never proven\n"
        "\n"
        "Nothing happens yet: what would be lost is said first."
    )
    ((newest, _), (prove,), (undo,)) = card.rows
    assert (prove.text, ProveTap.unpack(prove.data).backup) == ("Prove backup 12", 12)
    assert (newest.text, RestoreTap.unpack(newest.data)) == (
        "12: 3 h ago",
        RestoreTap(backup=12, sure=False),
    )
    assert (undo.text, UndoRestoreTap.unpack(undo.data).run) == ("Undo the restore of run 21", 21)
    assert backups_card([], NOW).text == "➖ There is no backup yet. /backup makes one."


def test_one_in_quarantine_is_shown_and_cannot_be_chosen() -> None:
    spoilt = replace(BACKUP, quarantined_at=NOW, problem="table a<b is missing")
    proven = replace(OLDER, proven_at=after(0), manifest_sha256="1" * 64)
    card = backups_card([spoilt, proven], NOW)
    assert card.text.splitlines()[2:6] == [
        "⚠️ <b>12</b> · 3 h ago · 12.3 MB · <code>9f8e7d6</code>",
        "2026-03-09 10:00 UTC · in quarantine: table a&lt;b is missing",
        "✅ <b>9</b> · 1 d ago · 12.3 MB",
        "2026-03-08 09:00 UTC · proven 3 h ago",
    ]
    assert [button.text for row in card.rows for button in row] == ["9: 1 d ago"]
    assert in_quarantine(spoilt) == (
        "Backup 12 is in quarantine since 2026-03-09 13:20 UTC: table a<b is missing."
    )


def test_what_would_be_lost_is_said_before_anything_is_asked_for() -> None:
    card = sure_card(BACKUP, NOW)
    assert card.text == (
        "⚠️ <b>Really restore?</b>\n"
        "\n"
        "Backup 12 holds the data of 2026-03-09 10:00 UTC (12.3 MB). It is of release <code>9f8e7d6</code>.\n"
        "<b>Everything written in the 3 h 20 min since then would be gone from the database.</b> The database"
        " of now is kept beside it, so that the restore can be undone.\n"
        "\n"
        "If you go on, the backup is checked and brought back beside the live database; production is touched"
        " only after you have approved the plan."
    )
    ((go,),) = card.rows
    assert (go.text, go.style, RestoreTap.unpack(go.data).sure) == ("Restore backup 12", "danger", True)


def test_the_plan_says_what_comes_and_what_would_be_lost() -> None:
    made = replace(
        plan(kind=RunKind.RESTORE), restore=RESTORING, commits=[], migration=None, tests=None, warnings=[]
    )
    text = plan_card(approval(made)).text
    assert text.splitlines()[2:8] == [
        "Data: backup 12 from 2026-03-09 10:00 UTC (12.3 MB, of release <code>9f8e7d6</code>)",
        "<b>Lost: what was written in the 3 h 20 min since then</b>",
        "Changed since: public.thought: 100 → 112 rows; public.note: other values in its 2 rows; public.new:"
        " new, 3 rows; public.old: 7 rows, removed since.",
        "Release <code>9f8e7d6</code> stays and is started again.",
        "Expected downtime: about 6 s",
        "<blockquote expandable>Services: app, queue",
    ]
    assert text.splitlines()[9] == (
        "The database of now is exchanged for it while the application is stopped, and kept whole as"
        " <code>server_agent_before_21</code> for an undo. Safety backup of now: backup 13.</blockquote>"
    )
    assert "Migration" not in text
    assert "Commits" not in text


def test_the_plan_of_an_undo() -> None:
    undo = replace(
        RESTORING, backup_id=None, database="server_agent_before_21", release=None, sha256=None, changes=None
    )
    text = plan_card(approval(replace(plan(kind=RunKind.RESTORE), restore=undo))).text
    assert text.splitlines()[2:4] == [
        "Data: the kept <code>server_agent_before_21</code> from 2026-03-09 10:00 UTC (12.3 MB)",
        "<b>Lost: what was written in the 3 h 20 min since then</b>",
    ]


def test_the_plan_is_bound_to_the_backup() -> None:
    one = replace(plan(kind=RunKind.RESTORE), restore=RESTORING)
    assert one.hash != replace(one, restore=replace(RESTORING, sha256="2" * 64)).hash
    assert one.hash != replace(one, restore=None).hash


def test_the_result_says_what_serves_and_offers_undo() -> None:
    checked = Checked(
        backup_id=BackupId(12),
        path="/b/12.dump",
        database=None,
        bytes=1,
        sha256="0" * 64,
        taken_at=START,
        release=GOAL,
        proven=True,
    )
    rows = [
        replace(stage(StageName.CHECK, StageState.SUCCEEDED, 1, 1), result=checked),
        replace(
            stage(StageName.SWAP, StageState.SUCCEEDED, 2, 1),
            result=Swapped(database="server_agent", kept_as="server_agent_before_12"),
        ),
    ]
    card = result_card(
        ended(
            rows,
            kind=RunKind.RESTORE,
            state=RunState.SUCCEEDED,
            exit_code=ExitCode.SUCCESS,
            target="12",
            branch=None,
            sha=None,
        ),
        release(),
    )
    assert card.text == (
        "✅ <b>Restored</b> · server-agent-vnext\n"
        "<code>backup 12</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "The data is that of backup 12, from 2026-03-09 10:00 UTC.\n"
        "Release <code>1a2b3c4</code> serves on it and passed its checks.\n"
        "The database of before is kept whole as <code>server_agent_before_12</code>; Undo brings it back."
    )
    ((undo,),) = card.rows
    assert (undo.text, undo.style, UndoRestoreTap.unpack(undo.data).run) == ("Undo", "danger", 12)


def test_a_restore_that_was_put_back() -> None:
    text = result_card(
        ended(
            kind=RunKind.RESTORE,
            state=RunState.REVERTED,
            exit_code=ExitCode.SMOKE_FAILED,
            failure=failure(),
            target=UNDO,
            branch=None,
            sha=None,
        ),
        release(),
    ).text
    assert text.splitlines()[:2] == [
        "↩️ <b>Restore failed, the database from before is back</b> · server-agent-vnext",
        "<code>undo</code> · run 12 · asked by Ada (42)",
    ]
