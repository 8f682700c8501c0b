from __future__ import annotations

from typing import Any

from bot.callbacks import AuditTap, HistoryTap, LogsTap, RunTap, Turn
from bot.cards.audit import audit_card
from bot.cards.card import Card
from bot.cards.history import Story, history_card, no_run, story_card
from bot.paging import Page
from pipeline.model.audit import AuditLine, LineId
from pipeline.model.release import RunId
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.wording.markup import TEXT_LIMIT, shown_length
from tests.unit.bot.samples import after, approval, ended, failure, past_run, stage, view


def entry(number: int, action: str, *, seconds: float = 0, **changes: Any) -> AuditLine:
    values: dict[str, Any] = {"actor": "Ada (42)", "run": RunId(12), "chat": 42, "detail": {}}
    return AuditLine(id=LineId(number), at=after(seconds), action=action, **(values | changes))


def labels(card: Card) -> list[list[str]]:
    return [[button.text for button in row] for row in card.rows]


def test_a_page_of_runs() -> None:
    runs = [
        past_run(id=14, state=RunState.RUNNING, exit_code=None, sha=None, finished_at=None),
        past_run(id=13, kind=RunKind.BACKUP, sha=None, requested_by="the schedule"),
        past_run(id=12, state=RunState.REJECTED, exit_code=ExitCode.NOT_APPROVED),
    ]
    card = history_card("server-agent-vnext", Page(items=runs, newer=True, older=True), 3)
    assert card.text == (
        "<b>Runs</b> · server-agent-vnext\n"
        "\n"
        "▶️ <b>14</b> deploy · running · 2026-03-09 10:00 UTC · Ada (42)\n"
        "✅ <b>13</b> backup · done · 2026-03-09 10:00 UTC · 1 min 29 s · the schedule\n"
        "🚫 <b>12</b> deploy · <code>9f8e7d6</code> · rejected · 2026-03-09 10:00 UTC · 1 min 29 s"
        " · Ada (42)\n"
        "\n"
        "A number shows all of that run."
    )
    assert labels(card) == [["14", "13", "12"], ["« Newer", "Older »"]]
    assert RunTap.unpack(card.rows[0][2].data) == RunTap(run=12)
    assert [HistoryTap.unpack(button.data) for button in card.rows[1]] == [
        HistoryTap(turn=Turn.NEWER, run=14, lines=3),
        HistoryTap(turn=Turn.OLDER, run=12, lines=3),
    ]


def test_no_run() -> None:
    assert history_card("sample", Page(items=[]), 8) == Card(text="➖ No run yet. /deploy begins the first.")
    assert no_run(7, 3, 20).text == (
        "⚠️ There is no run 7. The newest is run 3. /history last 7 lists the newest 7."
    )
    assert no_run(99, 3, 20).text == "⚠️ There is no run 99. The newest is run 3."
    assert no_run(1, None, 20).text == "⚠️ There is no run 1. There is none yet."


def test_the_longest_page_fits() -> None:
    runs = [past_run(id=10**15 + n, requested_by="W" * 90) for n in range(20)]
    card = history_card("p" * 63, Page(items=runs, newer=True, older=True), 20)
    assert shown_length(card.text) <= TEXT_LIMIT
    assert [len(row) for row in card.rows] == [4, 4, 4, 4, 4, 2]


def test_all_of_a_run_that_was_approved() -> None:
    story = Story(
        view=ended(
            [
                stage(StageName.TEST, StageState.SUCCEEDED, 2, 31),
                stage(StageName.APPROVE, StageState.SUCCEEDED, 40, 60),
            ],
            state=RunState.SUCCEEDED,
            exit_code=ExitCode.SUCCESS,
        ),
        approvals=[
            approval(state=ApprovalState.VOIDED, answered_by="Ada (42)", answered_at=after(90)),
            approval(state=ApprovalState.APPROVED, answered_by="Ada (42)", answered_at=after(100)),
        ],
        lines=[
            entry(9, "tap", seconds=100, detail={"data": "plan:yes:n0nce", "said": "Approved."}),
            entry(8, "plan approved", seconds=100, chat=None),
            entry(3, "command", seconds=0, detail={"text": "/deploy", "said": "taken up"}),
            entry(2, "run requested", seconds=0, chat=None, detail={"kind": "deploy", "source": "telegram"}),
        ],
        log=False,
    )
    card = story_card(story, after(500))
    assert card.text == (
        "✅ <b>Done</b> · Deploy · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by Ada (42)\n"
        "Ended 10:03 UTC after 3 min 12 s\n"
        "<blockquote expandable>✅ test · 31 s · 143 passed · coverage 87.5 % (at least 70 %)\n"
        "✅ approve · 1 min 00 s</blockquote>\n"
        "\n"
        "Took 3 min 12 s · exit code 0\n"
        "Asked 2026-03-09 10:00 UTC in the chat by Ada (42), from chat 42\n"
        "⚪ Plan approved by Ada (42), 2026-03-09 10:01 UTC, voided: it no longer fitted\n"
        "✅ Plan approved by Ada (42), 2026-03-09 10:01 UTC\n"
        "\n"
        "<b>Audit log</b> · 4 lines about this run\n"
        "<blockquote expandable>10:00:00 Ada (42) asked for a deploy\n"
        "10:00:00 Ada (42) wrote /\u2060deploy: taken up · chat 42\n"
        "10:01:40 Ada (42) plan approved\n"
        "10:01:40 Ada (42) tapped plan yes: Approved. · chat 42</blockquote>"
    )
    assert labels(card) == [["« Runs"]]


def test_all_of_a_run_that_failed() -> None:
    story = Story(
        view=ended(
            [stage(StageName.TEST, StageState.FAILED, 2, 31)],
            state=RunState.FAILED,
            exit_code=ExitCode.TEST_FAILED,
            failure=failure(),
            source=Source.CLI,
            requested_by="ada@host",
        ),
        approvals=[],
        lines=[],
        log=True,
    )
    card = story_card(story, after(500))
    assert card.text == (
        "❌ <b>Failed</b> · Deploy · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · run 12 · asked by ada@host\n"
        "Ended 10:03 UTC after 3 min 12 s, at test\n"
        "<blockquote expandable>❌ test · 31 s</blockquote>\n"
        "\n"
        "Took 3 min 12 s · exit code 1\n"
        "<b>What happened at test:</b> 2 of 143 tests failed.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> Mend them, push, then /deploy again.\n"
        "Asked 2026-03-09 10:00 UTC on the command line by ada@host"
    )
    assert labels(card) == [["« Runs", "Logs"]]
    assert LogsTap.unpack(card.rows[0][1].data) == LogsTap(run=12)


def test_a_run_with_very_much_to_tell_fits() -> None:
    stages = [stage(name, StageState.FAILED, 2, 31) for name in StageName]
    said = entry(1, "tap", detail={"data": "plan:yes:x", "said": "W" * 300})
    answers = [approval(state=ApprovalState.REJECTED, answered_by="W" * 200, answered_at=after(1))] * 9
    whole = Story(
        view=view(stages, failure=failure(what="w" * 2000, production="p" * 2000, advice="a" * 2000)),
        approvals=answers,
        lines=[said] * 40,
        log=True,
    )
    card = story_card(whole, after(500))
    assert shown_length(card.text) <= TEXT_LIMIT
    assert "\n5 plans before\n🚫 Plan rejected" in card.text
    assert "… and " in card.text


def test_a_page_of_the_audit_log() -> None:
    lines = [
        entry(9, "paused", run=None, chat=None, detail={"reason": "moving <house>"}),
        entry(8, "ignored", actor="telegram:43", run=None, detail={"said": "/deploy\u202e now"}),
        entry(7, "ignored", actor="telegram:43", run=None, chat=None, detail={"more": 8}),
        entry(6, "question answered", chat=None, detail={"way": "back"}),
        entry(5, "tap too old", run=None, detail={"data": "push:deploy:8"}),
        entry(4, "cancel", actor="ada@host", chat=None),
        entry(3, "update set aside", actor="bot", run=None, chat=None, detail={"problem": "ValueError: x"}),
    ]
    card = audit_card(Page(items=lines, older=True))
    assert card.text == (
        "<b>Audit log</b>, times in UTC\n"
        "\n"
        "03-09 10:00:00 Ada (42) paused: moving &lt;house&gt;\n"
        "03-09 10:00:00 telegram:43 was not answered: /\u2060deploy now · chat 42\n"
        "03-09 10:00:00 telegram:43 was not answered 8 more times\n"
        "03-09 10:00:00 Ada (42) answered the question: back · run 12\n"
        "03-09 10:00:00 Ada (42) tapped push deploy, which came too late · chat 42\n"
        "03-09 10:00:00 ada@host cancelled the run · run 12\n"
        "03-09 10:00:00 bot update set aside: ValueError: x"
    )
    assert labels(card) == [["Older »"]]
    assert AuditTap.unpack(card.rows[0][0].data) == AuditTap(turn=Turn.OLDER, line=3)
    assert audit_card(Page(items=[])) == Card(text="➖ The audit log holds nothing yet.")


def test_the_longest_page_of_the_audit_log_fits() -> None:
    long = entry(10**15, "command", actor="W" * 90, detail={"text": "x" * 100, "said": "y" * 200})
    assert shown_length(audit_card(Page(items=[long] * 12)).text) <= TEXT_LIMIT
