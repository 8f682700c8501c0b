from __future__ import annotations

import pytest

from bot.callbacks import AgainTap, UndoTap
from bot.cards.result import result_card
from pipeline.model.release import ReleaseId
from pipeline.model.results import BackedUp
from pipeline.model.states import ExitCode, RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import ended, failure, release, stage


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
        "\n"
        "<code>9f8e7d6</code> serves now and passed its checks.\n"
        "Before it was <code>1a2b3c4</code>; /rollback brings it back.\n"
        "\n"
        "Took 3 min 12 s · 6 s without service · exit code 0"
    )
    ((undo,),) = card.rows
    assert (undo.text, undo.style, UndoTap.unpack(undo.data).release) == ("Roll back", "danger", 4)
    assert result_card(view, None).rows == ()


def test_a_deploy_that_failed_before_the_switch() -> None:
    card = result_card(
        ended(state=RunState.FAILED, exit_code=ExitCode.TEST_FAILED, failure=failure()), release()
    )
    assert card.text == (
        "❌ <b>Deploy failed, nothing changed</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "\n"
        "What happened at <b>test</b>: 2 of 143 tests failed.\n"
        "Production: Production was not touched: the live release keeps serving.\n"
        "Next: Mend them, push, then /deploy again.\n"
        "<pre>FAILED tests/test_it.py::test_one - assert 1 &lt; 0\n"
        "2 failed</pre>\n"
        "\n"
        "Took 3 min 12 s · exit code 1"
    )
    ((again,),) = card.rows
    assert (again.text, AgainTap.unpack(again.data).run) == ("Deploy again", 12)


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
        "<b>CRITICAL</b> 🚨 <b>Deploy failed, and so did the way back</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "\n"
        "What happened at <b>start</b>: app did not start. Then the way back failed: app is not healthy.\n"
        "Production: CRITICAL: production may be down; the services are stopped.\n"
        "Next: Look at production now: /status, then the containers' logs.\n"
        "\n"
        "Took 3 min 12 s · exit code 7"
    )
    assert [button.text for row in card.rows for button in row] == ["Status"]


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
        "\n"
        "The backup is kept: 12.3 MB.\n"
        "Production was not touched.\n"
        "\n"
        "Took 3 min 12 s · exit code 0"
    )


@pytest.mark.parametrize(
    ("kind", "state", "headline", "buttons"),
    [
        (RunKind.ROLLBACK, RunState.SUCCEEDED, "✅ <b>Rolled back</b>", []),
        (RunKind.DEPLOY, RunState.REVERTED, "↩️ <b>Deploy failed, the release from before is back</b>", []),
        (RunKind.DEPLOY, RunState.REJECTED, "🚫 <b>Deploy rejected</b>", []),
        (RunKind.DEPLOY, RunState.EXPIRED, "⌛ <b>Deploy not approved in time</b>", ["Deploy again"]),
        (
            RunKind.DEPLOY,
            RunState.VOIDED,
            "⚪ <b>Deploy called off: the plan no longer fits</b>",
            ["Deploy again"],
        ),
        (RunKind.ROLLBACK, RunState.EXPIRED, "⌛ <b>Rollback not approved in time</b>", ["Roll back again"]),
        (RunKind.ROLLBACK, RunState.FAILED, "❌ <b>Rollback failed, nothing changed</b>", []),
        (RunKind.BACKUP, RunState.FAILED, "❌ <b>Backup failed, nothing changed</b>", ["Back up again"]),
    ],
)
def test_headlines_and_buttons(kind: RunKind, state: RunState, headline: str, buttons: list[str]) -> None:
    card = result_card(ended(kind=kind, state=state, failure=failure()), release())
    assert card.text.startswith(f"{headline} · server-agent-vnext\n")
    assert [button.text for row in card.rows for button in row] == buttons


def test_a_failure_that_was_not_told() -> None:
    assert (
        "What happened was not told. Look at /status." in result_card(ended(state=RunState.FAILED), None).text
    )
