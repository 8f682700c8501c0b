from __future__ import annotations

from datetime import timedelta

import pytest

from bot.callbacks import PushAnswer, PushTap
from bot.cards.help import help_card, refusal, unknown, usage
from bot.cards.push import push_card
from bot.cards.status import Standing, status_card
from bot.cards.trouble import mishap
from pipeline.model.errors import ActiveRun
from pipeline.model.release import Backup, BackupId, Observation, ProjectId, ServiceState
from pipeline.model.states import PushState, RunKind, RunState, StageName, StageState
from tests.unit.bot.samples import GOAL, START, after, past_run, push, release, stage, view


def test_a_push_that_waits() -> None:
    card = push_card(push(), "server-agent-vnext")
    assert card.text == (
        "🔔 <b>Push</b> · server-agent-vnext\n"
        "main <code>9f8e7d6</code> · 2 commits · 10:00 UTC\n"
        "<blockquote expandable><code>9f8e7d6</code> Answer faster &amp; &lt;better&gt; – Ada\n"
        "<code>7777777</code> See /\u2060rollback or ask @\u2060master – Eve</blockquote>\n"
        "Deploy it? The plan comes for your approval first."
    )
    ((deploy, skip), (copy,)) = card.rows
    assert (copy.text, copy.copy, copy.data) == ("Copy 9f8e7d6", GOAL, "")
    assert (deploy.text, PushTap.unpack(deploy.data)) == ("Deploy", PushTap(answer=PushAnswer.DEPLOY, push=8))
    assert (skip.text, PushTap.unpack(skip.data)) == ("Skip", PushTap(answer=PushAnswer.SKIP, push=8))


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


def _seen(at: float = -20) -> Observation:
    def service(name: str, running: bool, health: str | None, restarts: int) -> ServiceState:
        return ServiceState(
            service=name,
            container=name,
            image="sha256:0",
            running=running,
            health=health,
            restarts=restarts,
            started_at=after(-9999) if running else None,
        )

    return Observation(
        at=after(at),
        worker="worker",
        services=[service("app", True, "healthy", 0), service("queue", False, None, 3)],
        disk_free=0.42,
        memory_available=0.31,
    )


def test_status_of_everything() -> None:
    standing = Standing(
        project="server-agent-vnext",
        branch="main",
        live=release(live_since=START - timedelta(hours=5)),
        previous=release(sha="ab" * 20, branch=None, live_since=START - timedelta(days=3)),
        seen=_seen(),
        active=view([stage(StageName.TEST, StageState.RUNNING, 3)]),
        runs=[past_run(id=11, state=RunState.REVERTED, finished_at=after(-500))],
        backup=Backup(
            id=BackupId(1),
            project_id=ProjectId(1),
            run_id=None,
            database="agent",
            path="/b",
            bytes=12_900_000,
            sha256="0",
            created_at=after(-7200),
        ),
    )
    card = status_card(standing, START)
    assert card.text == (
        "<b>server-agent-vnext</b> · watches <code>main</code>\n"
        "Live: <code>1a2b3c4</code> main since 2026-03-09 05:00 UTC (5 h ago)\n"
        "Previous: <code>abababa</code> since 2026-03-06 10:00 UTC (3 d ago)\n"
        "\n"
        "<b>Services</b> (seen 20 s ago)\n"
        "✅ app: healthy, up since 2026-03-09 07:13 UTC\n"
        "❌ queue: not running, 3 restarts\n"
        "Disk 42 % free · memory 31 % available\n"
        "\n"
        "▶️ Run 12, deploy at test: running since 10:00 UTC, asked by Ada (42)\n"
        "<b>Last runs</b>\n"
        "↩️ 11 deploy <code>9f8e7d6</code> reverted, 2026-03-09 09:51 UTC\n"
        "Last backup: 12.3 MB, 2 h ago\n"
        "No backup has been proven yet"
    )
    assert [[button.text for button in row] for row in card.rows] == [
        ["Deploy", "Roll back"],
        ["Back up", "Status"],
        ["Copy 1a2b3c4"],
    ]


def test_status_says_when_a_backup_was_last_proven() -> None:
    backup = Backup(
        id=BackupId(12),
        project_id=ProjectId(1),
        run_id=None,
        database="agent",
        path="/b",
        bytes=12_900_000,
        sha256="0",
        created_at=after(-200_000),
        proven_at=after(-180_000),
    )
    standing = Standing(
        project="sample",
        branch="main",
        live=None,
        previous=None,
        seen=None,
        active=None,
        backup=backup,
        proven=backup,
    )
    assert status_card(standing, START).text.endswith(
        "\nLast backup: 12.3 MB, 2 d ago\nLast proven backup: number 12, 2 d ago"
    )


def test_status_of_nothing() -> None:
    standing = Standing(project="sample", branch="main", live=None, previous=None, seen=None, active=None)
    assert status_card(standing, START).text == (
        "<b>sample</b> · watches <code>main</code>\n"
        "Live: nothing yet\n"
        "\n"
        "⚠️ <b>The worker has not told anything yet.</b>\n"
        "\n"
        "No run is under way.\n"
        "No backup yet."
    )


def test_status_with_a_silent_worker_that_saw_trouble() -> None:
    seen = Observation(at=after(-600), worker="worker", problem="Docker does not answer.")
    standing = Standing(project="sample", branch="main", live=None, previous=None, seen=seen, active=None)
    text = status_card(standing, START).text
    assert (
        "\n⚠️ <b>The worker has been silent for 10 min 00 s.</b> Last seen:\n⚠️ Docker does not answer.\n"
        in text
    )
    bare = Standing(
        project="sample",
        branch="main",
        live=None,
        previous=None,
        seen=Observation(at=START, worker="worker"),
        active=None,
    )
    assert (
        "<b>Services</b> (seen just now)\nNo container of the project was found.\n"
        in status_card(bare, START).text
    )


def test_help() -> None:
    card = help_card("server-agent-vnext", "main")
    assert card.text == (
        "<b>server-agent-vnext</b>\n"
        "I deploy what is pushed to <code>main</code>, and nothing that you have not approved.\n"
        "\n"
        "/deploy [branch|sha] – Deploy the watched branch, another branch or a SHA\n"
        "/rollback [number|sha] – Bring the previous release back, or another kept one\n"
        "/backup – Back the database up\n"
        "/restore [number|undo] – Bring the data of a backup back, or undo that\n"
        "/drill [number] – Prove a backup: restore it aside and compare it\n"
        "/status – What serves, what runs, how it is\n"
        "/help – What I can do\n"
        "\n"
        "A run shows its progress in one message. Before production is touched I send the plan and wait for"
        " your answer; silence means no."
    )


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
        "⚠️ I cannot read <code>a b</code>.\nIt goes like this: /deploy [branch|sha]"
    )
    assert usage("backup", "x").text.endswith("It goes like this: /backup")
    assert "(update 7).\n<code>ValueError: &lt;x&gt;</code>\n" in mishap(7, "ValueError: <x>").text
