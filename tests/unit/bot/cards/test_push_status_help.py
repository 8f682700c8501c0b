from __future__ import annotations

import pytest

from bot.callbacks import MuteFor, MuteTap, PushAnswer, PushTap
from bot.cards.help import help_card, refusal, unknown, usage
from bot.cards.push import push_card
from bot.cards.trouble import mishap
from bot.rights import Role
from pipeline.model.errors import ActiveRun
from pipeline.model.states import PushState, RunKind
from tests.unit.bot.samples import FACTS, GOAL, START, after, push


def test_a_push_that_waits() -> None:
    card = push_card(push(facts=FACTS), "server-agent-vnext")
    assert card.text == (
        "🔔 <b>Push</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · 2 commits · 3 files · 10:00 UTC\n"
        "No migration, Dockerfile or compose file is touched.\n"
        "<blockquote expandable><code>9f8e7d6</code> Answer faster &amp; &lt;better&gt; – Ada, 5 min ago\n"
        "<code>7777777</code> See /\u2060rollback or ask @\u2060master – Eve, 5 min ago\n"
        "<b>Files</b>\nREADME.md\napp/a.py\napp/b.py</blockquote>\n"
        "Deploy it? The plan comes for your approval first."
    )
    ((deploy, skip), (plan, mute), (copy,)) = card.rows
    assert (copy.text, copy.copy, copy.data) == ("Copy 9f8e7d6", GOAL, "")
    assert (deploy.text, PushTap.unpack(deploy.data)) == ("Deploy", PushTap(answer=PushAnswer.DEPLOY, push=8))
    assert (skip.text, PushTap.unpack(skip.data)) == ("Skip", PushTap(answer=PushAnswer.SKIP, push=8))
    assert (plan.text, PushTap.unpack(plan.data)) == ("Plan", PushTap(answer=PushAnswer.PLAN, push=8))
    assert (mute.text, MuteTap.unpack(mute.data)) == ("Mute", MuteTap(span=MuteFor.ASK, push=8))


@pytest.mark.parametrize(
    ("state", "run_id", "first", "last"),
    [
        (PushState.DEPLOYED, 12, "✅ <b>Push</b>", "Deploy asked for at 10:01 UTC: run 12."),
        (PushState.DEPLOYED, None, "✅ <b>Push</b>", "Deploy asked for at 10:01 UTC."),
        (PushState.SKIPPED, None, "➖ <b>Push</b>", "Skipped at 10:01 UTC."),
        (PushState.SUPERSEDED, None, "⚪ <b>Push</b>", "A newer push took its place at 10:01 UTC."),
    ],
)
def test_a_push_that_was_answered(state: PushState, run_id: int | None, first: str, last: str) -> None:
    card = push_card(push(state=state, run_id=run_id, answered_at=after(60), commits=[]), "sample")
    assert card.text == f"{first} · sample\nmain <code>9f8e7d6</code> · Commits not known · 10:00 UTC\n{last}"
    assert card.rows == ()


def test_help() -> None:
    card = help_card("server-agent-vnext", "main")
    assert card.text == (
        "<b>server-agent-vnext</b>\n"
        "I deploy what is pushed to <code>main</code>, and nothing that you have not approved.\n"
        "\n"
        "/deploy [branch|sha|?] – Deploy the watched branch, another branch or a SHA\n"
        "/rollback [number|sha|?] – Bring the previous release back, or another kept one\n"
        "/backup – Back the database up\n"
        "/restore [number|undo] – Bring the data of a backup back, or undo that\n"
        "/drill [number | rollback [release]] – Prove a backup, or that the way back works, on a copy\n"
        "/approve [run] [code] [override reason] – Approve the plan that waits\n"
        "/reject [run] [reason] – Reject the plan that waits, with a reason if you like\n"
        "/status – What serves, what runs, how it is\n"
        "/alerts – What is wrong, and what was lately\n"
        "/ack ALERT – You see to an alert: no more reminders\n"
        "/snooze ALERT [30m|2h|1d|tomorrow] – No reminders of an alert for a while\n"
        "/restart SERVICE – Restart a service, the release stays\n"
        "/history [run | last N | audit] – The runs that were, all of one, or the audit log\n"
        "/releases – Kept releases, each with a way back\n"
        "/stats [light|dark] – How deploys go: 30 days in figures, and a picture\n"
        "/settings – What is set, and when schedules come next\n"
        "/schedules – What begins by itself: when, and what came of it\n"
        "/pause [reason] – Let pushes and schedules rest\n"
        "/resume – Let them go on\n"
        "/cancel [run] – Call a run off, before it touches production\n"
        "/logs [service] [lines] – The newest log lines of a service\n"
        "/whoami – Your id, your role, and the ids of this chat\n"
        "/help – What I can do\n"
        "\n"
        "A run shows its progress in one message. Before production is touched I send the plan and wait for"
        " your answer; silence means no."
    )


def test_help_for_a_viewer() -> None:
    card = help_card("sample", "main", Role.VIEWER)
    assert "and nothing that an owner has not approved.\n\n/status – " in card.text
    assert card.text.endswith("wait for an owner's answer; silence means no.")
    assert [[button.text for button in row] for row in card.rows] == [["Logs", "Status"]]


def test_refusals() -> None:
    held = ActiveRun(run_id=12, kind=RunKind.DEPLOY, stage="test", since=START, requested_by="Ada & co (42)")
    assert refusal(held).text == (
        "⚠️ <b>Not started.</b> Run 12 (deploy, asked by Ada &amp; co (42)) is under way at stage test"
        " since 2026-03-09 10:00 UTC.\n"
        "<b>Production</b> was not touched: the live release keeps serving.\n"
        "<b>Next:</b> Wait for its result, or reject it if it waits for approval, then ask again."
    )
    assert unknown("/x <y>").text == "I do not know <code>/x &lt;y&gt;</code>. /help lists what I can do."
    assert usage("deploy", "a b").text == (
        "⚠️ I cannot read <code>a b</code>.\nIt goes like this: /deploy [branch|sha|?]"
    )
    assert usage("backup", "x").text.endswith("It goes like this: /backup")
    assert "(update 7).\n<code>ValueError: &lt;x&gt;</code>\n" in mishap(7, "ValueError: <x>").text
