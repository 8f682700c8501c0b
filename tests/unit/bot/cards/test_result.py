from __future__ import annotations

from dataclasses import replace

import pytest

from bot.callbacks import AgainTap, LogsTap, UndoTap
from bot.cards.result import result_card
from pipeline.model.release import ReleaseId
from pipeline.model.results import Approved, BackedUp
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import GOAL, after, ended, failure, release, stage


def test_a_deploy_that_went_well() -> None:
    view = ended(
        [
            stage(StageName.STOP, StageState.SUCCEEDED, 100, 1),
            stage(StageName.WAIT, StageState.SUCCEEDED, 102, 4),
        ],
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
        release_id=ReleaseId(4),
    )
    card = result_card(view, release())
    assert card.text == (
        "✅ <b>Deployed</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · 6 s without service · exit code 0\n"
        "\n"
        "<code>9f8e7d6</code> serves now and passed its checks.\n"
        "Before it was <code>1a2b3c4</code>; /rollback brings it back."
    )
    ((undo,), (copy,)) = card.rows
    assert (copy.text, copy.copy, copy.data) == ("Copy 9f8e7d6", GOAL, "")
    assert (undo.text, undo.style, UndoTap.unpack(undo.data).release) == ("Roll back", "danger", 4)
    assert result_card(view, None).rows == ((copy,),)


@pytest.mark.parametrize(("reason", "why"), [(None, ""), ("a <hotfix>", ": a &lt;hotfix&gt;")])
def test_an_approval_despite_a_freeze_is_told(reason: str | None, why: str) -> None:
    approved = replace(
        stage(StageName.APPROVE, StageState.SUCCEEDED, 90, 9),
        result=Approved(by="Ada (42)", at=after(99), despite_freeze=True, reason=reason),
    )
    view = ended(
        [approved], state=RunState.REVERTED, exit_code=ExitCode.SMOKE_FAILED, failure=failure(log="")
    )
    assert f"\n❄️ Approved by Ada (42) despite the freeze{why}.\n\n" in result_card(view, release()).text


def test_a_deploy_that_failed_before_the_switch() -> None:
    card = result_card(
        ended(state=RunState.FAILED, exit_code=ExitCode.TEST_FAILED, failure=failure()), release()
    )
    assert card.text == (
        "❌ <b>Deploy failed, nothing changed</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 1\n"
        "\n"
        "<b>What happened at test:</b> 2 of 143 tests failed.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> Mend them, push, then /deploy again.\n"
        "<blockquote expandable>The last 2 of 3 lines\n"
        "<code>FAILED tests/test_it.py::test_one - assert 1 &lt; 0</code></blockquote>\n"
        "<code>2 failed</code>"
    )
    ((again, logs), _) = card.rows
    assert (again.text, AgainTap.unpack(again.data).run) == ("Deploy again", 12)
    assert (logs.text, LogsTap.unpack(logs.data).run) == ("Logs", 12)


def test_a_deploy_whose_backup_is_damaged() -> None:
    why = failure(
        stage=StageName.BACKUP,
        what="Backup 12 is not usable: it cannot be read back: zstd failed with exit code 1; it was put in"
        " quarantine.",
        advice="See that the disk and the memory of this machine are sound, then ask again. Without a"
        " good backup nothing is deployed. The last proven one is number 9 of 2026-03-03 15:06 UTC.",
        log="",
    )
    card = result_card(ended(state=RunState.FAILED, exit_code=ExitCode.BACKUP_FAILED, failure=why), release())
    assert card.text == (
        "❌ <b>Deploy failed, nothing changed</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 6\n"
        "\n"
        "<b>What happened at backup:</b> Backup 12 is not usable: it cannot be read back: zstd failed with"
        " exit code 1; it was put in quarantine.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> See that the disk and the memory of this machine are sound, then ask again. Without a"
        " good backup nothing is deployed. The last proven one is number 9 of 2026-03-03 15:06 UTC."
    )
    ((again, logs), _) = card.rows
    assert (again.text, logs.text) == ("Deploy again", "Logs")


def test_a_broken_run_is_critical() -> None:
    broken = failure(
        stage=StageName.START,
        what="app did not start. Then the way back failed: app is not healthy.",
        production="CRITICAL: production may be down; the services are stopped.",
        advice="Look at production now: /status, then the containers' logs.",
        log="",
    )
    card = result_card(
        ended(state=RunState.BROKEN, exit_code=ExitCode.ROLLBACK_FAILED, failure=broken), release()
    )
    assert card.text == (
        "🚨 <b>CRITICAL: Deploy failed, and so did the way back</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 7\n"
        "\n"
        "<b>What happened at start:</b> app did not start. Then the way back failed: app is not healthy.\n"
        "<b>CRITICAL: production may be down; the services are stopped.</b>\n"
        "<b>Next:</b> Look at production now: /status, then the containers' logs."
    )
    assert [button.text for row in card.rows for button in row] == ["Status", "Logs", "Copy 9f8e7d6"]


def test_a_backup() -> None:
    view = ended(
        [stage(StageName.BACKUP, StageState.SUCCEEDED, 1, 3)],
        kind=RunKind.BACKUP,
        branch=None,
        sha=None,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
    )
    assert isinstance(view.stages[0].result, BackedUp)
    assert result_card(view, release()).text == (
        "✅ <b>Backed up</b> · server-agent-vnext\n"
        "run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "The backup is kept: 12.3 MB.\n"
        "Production was not touched.\n"
        "No backup has been proven yet."
    )
    told = replace(view.stages[0].result, chat="not sent to the chat: it is not encrypted")
    kept_here = replace(view, stages=[replace(view.stages[0], result=told)])
    assert result_card(kept_here, release()).text.splitlines()[4:7] == [
        "The backup is kept: 12.3 MB.",
        "The backup was not sent to the chat: it is not encrypted.",
        "Production was not touched.",
    ]


def test_a_backup_of_an_application_without_a_database() -> None:
    none = BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note="the application has no database")
    view = ended(
        [replace(stage(StageName.BACKUP, StageState.SUCCEEDED, 1, 3), result=none)],
        kind=RunKind.BACKUP,
        branch=None,
        sha=None,
        state=RunState.SUCCEEDED,
        exit_code=ExitCode.SUCCESS,
    )
    assert result_card(view, release()).text == (
        "✅ <b>Nothing to back up</b> · server-agent-vnext\n"
        "run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 0\n"
        "\n"
        "No backup was made: the application has no database.\n"
        "Production was not touched."
    )


@pytest.mark.parametrize(
    ("kind", "state", "headline", "buttons"),
    [
        (RunKind.ROLLBACK, RunState.SUCCEEDED, "✅ <b>Rolled back</b>", []),
        (
            RunKind.DEPLOY,
            RunState.REVERTED,
            "↩️ <b>Deploy failed, the release from before is back</b>",
            ["Logs"],
        ),
        (RunKind.DEPLOY, RunState.REJECTED, "🚫 <b>Deploy rejected</b>", []),
        (RunKind.DEPLOY, RunState.EXPIRED, "⌛ <b>Deploy not approved in time</b>", ["Deploy again"]),
        (
            RunKind.DEPLOY,
            RunState.VOIDED,
            "⚪ <b>Deploy called off: the plan no longer fits</b>",
            ["Deploy again"],
        ),
        (RunKind.ROLLBACK, RunState.EXPIRED, "⌛ <b>Rollback not approved in time</b>", ["Roll back again"]),
        (RunKind.ROLLBACK, RunState.FAILED, "❌ <b>Rollback failed, nothing changed</b>", ["Logs"]),
        (
            RunKind.BACKUP,
            RunState.FAILED,
            "❌ <b>Backup failed, nothing changed</b>",
            ["Back up again", "Logs"],
        ),
    ],
)
def test_headlines_and_buttons(kind: RunKind, state: RunState, headline: str, buttons: list[str]) -> None:
    card = result_card(ended(kind=kind, state=state, failure=failure()), release())
    assert card.text.startswith(f"{headline} · server-agent-vnext\n")
    assert [button.text for row in card.rows for button in row] == [*buttons, "Copy 9f8e7d6"]


@pytest.mark.parametrize("kind", [RunKind.ROLLBACK, RunKind.REWIND])
def test_a_release_without_a_commit_is_told_by_its_number(kind: RunKind) -> None:
    went_well = ended(
        kind=kind,
        state=RunState.SUCCEEDED,
        branch=None,
        sha=None,
        target="1",
        release_id=ReleaseId(1),
    )
    card = result_card(went_well, None)
    assert "\nRelease 1 serves now and passed its checks." in card.text


def test_a_failure_that_left_production_elsewhere_does_not_say_that_nothing_changed() -> None:
    left = failure(production="Production was left as it was found.")
    card = result_card(ended(state=RunState.FAILED, failure=left), release())
    assert card.text.startswith("❌ <b>Deploy failed</b> · server-agent-vnext\n")


def test_a_failure_that_was_not_told() -> None:
    assert (
        "What happened was not told. Look at /status." in result_card(ended(state=RunState.FAILED), None).text
    )


@pytest.mark.parametrize(
    ("kind", "at", "text"),
    [
        (
            RunKind.TEST,
            StageName.TEST,
            "✅ <b>Tests passed</b> · server-agent-vnext\n"
            "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
            "Took 3 min 12 s · exit code 0\n"
            "\n"
            "<code>9f8e7d6</code>: 143 passed · coverage 87.5 % (at least 70 %).\n"
            "Production was not touched.",
        ),
        (
            RunKind.BUILD,
            StageName.BUILD,
            "✅ <b>Built</b> · server-agent-vnext\n"
            "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
            "Took 3 min 12 s · exit code 0\n"
            "\n"
            "<code>9f8e7d6</code>: 181 MB (+1.9 MB).\n"
            "Production was not touched.",
        ),
    ],
)
def test_a_run_that_only_tests_or_builds(kind: RunKind, at: StageName, text: str) -> None:
    done = [stage(at, StageState.SUCCEEDED, 2, 60)]
    card = result_card(
        ended(done, kind=kind, state=RunState.SUCCEEDED, exit_code=ExitCode.SUCCESS), release()
    )
    assert (card.text, [button.text for row in card.rows for button in row]) == (text, ["Copy 9f8e7d6"])


def test_a_cancelled_run_can_be_asked_for_again() -> None:
    said = failure(what="The run was cancelled by ada@host.", advice="Ask again when it is wanted.", log="")
    card = result_card(
        ended(kind=RunKind.TEST, state=RunState.CANCELLED, exit_code=ExitCode.NOT_APPROVED, failure=said),
        None,
    )
    assert card.text == (
        "🛑 <b>Test cancelled, nothing changed</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Took 3 min 12 s · exit code 5\n"
        "\n"
        "<b>What happened:</b> The run was cancelled by ada@host.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> Ask again when it is wanted."
    )
    ((again,), _) = card.rows
    assert (again.text, AgainTap.unpack(again.data).run) == ("Test again", 12)
