"""The choice before a rollback where the schema moved, and the cards that follow it, as whole texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.callbacks import BackTap, BackWay, UndoRestoreTap
from bot.cards.plan import plan_card
from bot.cards.result import result_card
from bot.cards.way_back import choice_card
from pipeline.model.move import Move, WaysBack
from pipeline.model.plan import Side
from pipeline.model.release import Backup, BackupId, ProjectId, ReleaseId, RunId
from pipeline.model.results import Checked, Swapped
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from pipeline.wording.markup import plain
from pipeline.wording.way_back import question
from tests.unit.bot.cards.test_restore import RESTORING
from tests.unit.bot.samples import GOAL, LIVE, START, approval, ended, failure, plan, release, stage

NOW = START + timedelta(hours=3, minutes=12)
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
    release=LIVE,
    schema_revision="0041",
)
WAYS = WaysBack(
    live=release(id=ReleaseId(9), sha=GOAL, schema_revision="0042"),
    goal=release(id=ReleaseId(3), schema_revision="0041"),
    now="0042",
    move=Move.DATA,
    backup=BACKUP,
)
END = "\nNothing happens yet: the plan follows, says which tables differ, and asks."


def test_the_choice() -> None:
    card = choice_card(WAYS, NOW)
    assert card.text == (
        "❓ <b>Only the code, or the data of then too?</b>\n"
        "\n"
        "The schema moved since release <code>1a2b3c4</code> (3): it was at 0041 and is at 0042 now;"
        " nothing declares that this is harmless, or how it is undone.\n"
        "\n"
        "<b>Code only</b>: the release comes back, the data stays. See that its code can work with the schema"
        " of now.\n"
        "\n"
        "<b>Code + data</b>: backup 12 (12.3 MB) comes back, too. <b>Everything written since 2026-03-09"
        " 10:00 UTC, 3 h 12 min ago, would be gone from the database.</b> The database of now is kept beside"
        " it, so that it can be undone.\n"
        f"{END}"
    )
    (code, data), (cancel,) = card.rows
    assert (code.text, code.style, data.text, data.style) == ("Code only", "primary", "Code + data", "danger")
    assert BackTap.unpack(code.data) == BackTap(way=BackWay.CODE, live=9, goal=3)
    assert BackTap.unpack(data.data) == BackTap(way=BackWay.DATA, live=9, goal=3)
    assert (cancel.text, BackTap.unpack(cancel.data).way) == ("Cancel", BackWay.CANCEL)


def test_without_a_backup_the_code_alone_is_offered_and_it_says_why() -> None:
    card = choice_card(replace(WAYS, backup=None), NOW)
    assert (
        "<b>Code + data</b> is not offered: no backup is kept of the data that this release left.\n"
        in card.text
    )
    assert [[button.text for button in row] for row in card.rows] == [["Code only"], ["Cancel"]]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (Move.NONE, "The schema is at 0042, as release 1a2b3c4 (3) left it."),
        (
            Move.HARMLESS,
            "The schema moved since release 1a2b3c4 (3): it was at 0041 and is at 0042 now; all releases"
            " since declare their migrations harmless to the code before.",
        ),
        (
            Move.DOWN,
            "The schema moved since release 1a2b3c4 (3): it was at 0041 and is at 0042 now; the release"
            " that serves declares a down migration.",
        ),
    ],
)
def test_asked_again_where_there_would_be_no_need(move: Move, said: str) -> None:
    assert plain(question(replace(WAYS, move=move), NOW)).splitlines()[2] == said


def test_a_schema_that_was_not_known_is_told_so() -> None:
    found = replace(WAYS, goal=release(id=ReleaseId(3), schema_revision=None))
    assert "it was not known and is at 0042 now;" in plain(question(found, NOW))


def test_what_comes_from_outside_is_escaped() -> None:
    text = question(replace(WAYS, now="<b>&", goal=release(schema_revision="/deploy")), NOW)
    assert "it was at /\u2060deploy and is at &lt;b&gt;&amp; now" in text


def test_the_largest_tap_fits() -> None:
    most = 10**18 - 1
    assert len(BackTap(way=BackWay.CANCEL, live=most, goal=most).pack()) <= 64


def _back(**changes: object) -> str:
    shown = replace(
        plan(),
        goal=Side(sha=LIVE, branch=None, images={}, compose_hash="1", since=START - timedelta(days=9)),
        live=Side(sha=GOAL, branch=None, images={}, compose_hash="2", since=START),
        **{
            "subject": "",
            "migration": None,
            "commits": [],
            "tests": None,
            "backup": None,
            "image_bytes": 0,
            "warnings": [],
            **changes,
        },
    )
    return plan_card(approval(shown)).text


def test_the_plan_with_the_data_of_then() -> None:
    assert _back(kind=RunKind.REWIND, restore=RESTORING) == (
        "✋ <b>Approve?</b> · Rollback with data · server-agent-vnext · run 12\n"
        "\n"
        "<code>1a2b3c4</code> · live from 2026-02-28 10:00 UTC (9 d ago)\n"
        "Now live: <code>9f8e7d6</code> since 2026-03-09 10:00 UTC (just now)\n"
        "Data: backup 12 from 2026-03-09 10:00 UTC (12.3 MB, of release <code>9f8e7d6</code>)\n"
        "<b>Lost: what was written in the 3 h 20 min since then</b>\n"
        "Changed since: public.thought: 100 → 112 rows; public.note: other values in its 2 rows; public.new:"
        " new, 3 rows; public.old: 7 rows, removed since.\n"
        "Expected downtime: about 6 s\n"
        "<blockquote expandable>Services: app, queue\n"
        "The database of now is exchanged for it while the application is stopped, and kept whole as"
        " <code>server_agent_before_21</code> for an undo. Safety backup of now: backup 13.</blockquote>\n"
        "\n"
        "Answer before 10:30 UTC; silence means no."
    )


def test_the_plan_of_a_schema_that_goes_down() -> None:
    text = _back(kind=RunKind.ROLLBACK, schema="goes down from 2 to 1 by alembic downgrade 1")
    assert text.splitlines()[4:6] == [
        "Schema: goes down from 2 to 1 by alembic downgrade 1",
        "Expected downtime: about 6 s",
    ]


def test_the_result_with_the_data_of_then() -> None:
    checked = Checked(
        backup_id=BackupId(12),
        path="/b/12.dump",
        database=None,
        bytes=1,
        sha256="0" * 64,
        taken_at=START,
        release=LIVE,
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
            kind=RunKind.REWIND,
            state=RunState.SUCCEEDED,
            exit_code=ExitCode.SUCCESS,
            target="3",
            branch=None,
            sha=LIVE,
        ),
        release(sha=GOAL),
    )
    assert card.text == (
        "✅ <b>Rolled back with the data of then</b> · server-agent-vnext\n"
        "<code>1a2b3c4</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "<code>1a2b3c4</code> serves now and passed its checks.\n"
        "The data is that of backup 12, from 2026-03-09 10:00 UTC.\n"
        "Before it was <code>9f8e7d6</code>.\n"
        "The database of before is kept whole as <code>server_agent_before_12</code>; Undo brings it back,"
        " but not the code: the two then differ again."
    )
    ((undo,), (copy,)) = card.rows
    assert copy.copy == LIVE
    assert (undo.text, undo.style, UndoRestoreTap.unpack(undo.data).run) == ("Undo", "danger", 12)


@pytest.mark.parametrize(
    ("state", "headline", "buttons"),
    [
        (
            RunState.REVERTED,
            "↩️ <b>Rollback with data failed, the release and the database from before are back</b>",
            ["Logs"],
        ),
        (RunState.FAILED, "❌ <b>Rollback with data failed, nothing changed</b>", ["Logs"]),
        (RunState.EXPIRED, "⌛ <b>Rollback with data not approved in time</b>", ["Roll back again"]),
    ],
)
def test_the_other_ends(state: RunState, headline: str, buttons: list[str]) -> None:
    card = result_card(
        ended(kind=RunKind.REWIND, state=state, exit_code=ExitCode.SMOKE_FAILED, failure=failure()), release()
    )
    assert card.text.startswith(f"{headline} · ")
    assert [button.text for row in card.rows for button in row] == [*buttons, "Copy 9f8e7d6"]
