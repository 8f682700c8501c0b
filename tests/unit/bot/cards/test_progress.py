from __future__ import annotations

from datetime import timedelta

from bot.cards.progress import run_card
from pipeline.model.states import RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import GOAL, after, ended, stage, view


def test_a_run_under_way() -> None:
    card = run_card(
        view(
            [
                stage(StageName.PULL, StageState.SUCCEEDED, 1, 2),
                stage(StageName.BACKUP, StageState.RUNNING, 3, said="23.1 MB, table 7 of 31 · public.orders"),
                stage(StageName.TEST, StageState.RUNNING, 3, said="12 of 48 tests · test_it.py <b>..\x1b[0m"),
                stage(StageName.BUILD, StageState.RUNNING, 35, said="Collecting <aiogram>"),
                stage(StageName.TAG, StageState.PENDING),
            ]
        ),
        after(40),
    )
    assert card.text == (
        "▶️ <b>Running</b> · Deploy · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "1 of 5 stages done\n"
        "\n"
        "✅ pull · 2 s · Answer faster &amp; &lt;better&gt;\n"
        "▶️ backup · 30 s · 23.1 MB, table 7 of 31\n"
        "     <code>public.orders</code>\n"
        "▶️ test · 30 s · 12 of 48 tests\n"
        "     <code>test_it.py &lt;b&gt;..</code>\n"
        "▶️ build\n"
        "     <code>Collecting &lt;aiogram&gt;</code>\n"
        "▫️ tag"
    )
    assert [[button.text for button in row] for row in card.rows] == [["Cancel"]]


def test_a_run_that_nobody_took_yet() -> None:
    asked = view(state=RunState.REQUESTED, branch=None, sha=None, target="feature/<x>", started_at=None)
    assert run_card(asked, after(4)).text == (
        "🕓 <b>Requested</b> · Deploy · server-agent-vnext\n"
        "<code>feature/&lt;x&gt;</code> · run 12 · asked by Ada (42)\n"
        "\n"
        "Waits for the worker to take it."
    )


def test_a_run_whose_worker_is_silent() -> None:
    waiting = view(kind=RunKind.BACKUP, branch=None, sha=None)
    assert run_card(waiting, after(200), silent=timedelta(seconds=187)).text == (
        "▶️ <b>Running</b> · Backup · server-agent-vnext\n"
        "run 12 · asked by Ada (42)\n"
        "\n"
        "⚠️ The worker has been silent for 3 min 00 s; the run goes on once it is back."
    )


def test_a_run_that_failed() -> None:
    card = run_card(
        ended(
            [
                stage(StageName.PULL, StageState.SUCCEEDED, 1, 2),
                stage(StageName.TEST, StageState.FAILED, 3, 95),
                stage(StageName.TAG, StageState.SKIPPED),
                stage(StageName.REPORT, StageState.SKIPPED),
            ],
            state=RunState.FAILED,
        ),
        after(400),
    )
    assert card.text == (
        "❌ <b>Failed</b> · Deploy · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Ended 10:03 UTC after 3 min 12 s, at test\n"
        "<blockquote expandable>✅ pull · 2 s · Answer faster &amp; &lt;better&gt;\n"
        "❌ test · 1 min 35 s\n"
        "➖ tag, report</blockquote>"
    )


def test_a_rollback_names_the_release_it_goes_to() -> None:
    asked = view(kind=RunKind.ROLLBACK, branch=None, sha=None, target="3", state=RunState.REQUESTED)
    assert "<code>release 3</code> · run 12" in run_card(asked, after(1)).text


def test_a_commit_that_was_asked_for_is_named_by_seven_digits() -> None:
    asked = view(branch=None, sha=None, target=GOAL, state=RunState.REQUESTED)
    assert "\n<code>9f8e7d6</code> · run 12" in run_card(asked, after(1)).text


def test_the_card_stays_the_same_between_two_steps_of_its_clock() -> None:
    going = view([stage(StageName.TEST, StageState.RUNNING, 0)])
    assert run_card(going, after(31)).fingerprint == run_card(going, after(39)).fingerprint
    assert run_card(going, after(31)).fingerprint != run_card(going, after(41)).fingerprint
