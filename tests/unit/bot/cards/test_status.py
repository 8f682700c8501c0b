from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.cards.card import Card
from bot.cards.status import Next, Standing, status_card
from pipeline.model.release import (
    Backup,
    BackupId,
    Observation,
    ProjectId,
    ServiceState,
    TokenBudget,
)
from pipeline.model.states import RunState, StageName, StageState
from pipeline.wording.markup import BYTES_LIMIT, TEXT_LIMIT, shown_length
from tests.unit.bot.samples import START, after, approval, past_run, question, release, stage, view


def service(name: str, *, running: bool = True, health: str | None = "healthy", restarts: int = 0) -> Any:
    return ServiceState(
        service=name,
        container=name,
        image="sha256:0",
        running=running,
        health=health,
        restarts=restarts,
        started_at=after(-9999) if running else None,
    )


def seen(*services: ServiceState, **changes: Any) -> Observation:
    plain = Observation(
        at=after(-20), worker="worker", services=list(services), disk_free=0.42, memory_available=0.31
    )
    return replace(plain, **changes)


def backup(**changes: Any) -> Backup:
    plain = Backup(
        id=BackupId(12),
        project_id=ProjectId(1),
        run_id=None,
        database="agent",
        path="/b",
        bytes=12_900_000,
        sha256="0",
        created_at=after(-7200),
    )
    return replace(plain, **changes)


def standing(**changes: Any) -> Standing:
    plain = Standing(
        project="server-agent-vnext",
        branch="main",
        live=release(live_since=START - timedelta(hours=5)),
        previous=None,
        seen=seen(service("app")),
        active=None,
    )
    return replace(plain, **changes)


def first(card: Card, lines: int = 1) -> str:
    return "\n".join(card.text.splitlines()[:lines])


def test_everything_that_can_be_told() -> None:
    card = status_card(
        standing(
            previous=release(sha="ab" * 20, branch=None, live_since=START - timedelta(days=3)),
            seen=seen(
                service("app"),
                service("queue", running=False, health=None, restarts=3),
                tokens=TokenBudget(used=12_300, limit=100_000),
            ),
            active=view([stage(StageName.APPROVE, StageState.RUNNING, 3)], state=RunState.AWAITING),
            plan=approval(expires_at=after(22 * 60)),
            runs=[
                past_run(id=11, state=RunState.REVERTED, finished_at=after(-500)),
                past_run(id=10, finished_at=after(-5000)),
            ],
            backup=backup(),
            proven=backup(proven_at=after(-180_000)),
            agenda=[
                Next(name="look for pushes", at=after(25)),
                Next(name="drill", at=START + timedelta(days=5, hours=17, minutes=30)),
            ],
        ),
        START,
    )
    assert card.text == (
        "❌ <b>server-agent-vnext</b>: queue is not well\n"
        "Live: <code>1a2b3c4</code> main since 2026-03-09 05:00 UTC (5 h ago)\n"
        "✋ Run 12, deploy at approve: waits for approval since 10:00 UTC, asked by Ada (42)\n"
        "✋ <b>The plan of run 12 waits for you</b>, for 22 min 00 s more; silence means no. Tap Approve or"
        " Reject below it, or write /approve 12 or /reject 12.\n"
        "\n"
        "<b>Services</b> (seen 20 s ago)\n"
        "❌ queue: not running, 3 restarts\n"
        "✅ app: healthy\n"
        "\n"
        "Disk 42 % free · memory 31 % available\n"
        "Tokens today: 12,300 of 100,000\n"
        "Last run: ↩️ 11 deploy <code>9f8e7d6</code> reverted, 2026-03-09 09:51 UTC\n"
        "Last backup: 12.3 MB, 2 h ago\n"
        "Last proven backup: number 12, 2 d ago\n"
        "<blockquote expandable>Watches <code>main</code>\n"
        "Previous: <code>abababa</code> since 2026-03-06 10:00 UTC (3 d ago)\n"
        "Next: look for pushes 2026-03-09 10:00 UTC (in 25 s)\n"
        "Next: drill 2026-03-15 03:30 UTC (in 5 d 17 h)\n"
        "app: up since 2026-03-09 07:13 UTC\n"
        "✅ 10 deploy <code>9f8e7d6</code> done, 2026-03-09 08:36 UTC</blockquote>"
    )
    assert [[button.text for button in row] for row in card.rows] == MENU


def test_all_is_well_and_the_application_tells_of_no_tokens() -> None:
    card = status_card(standing(backup=backup()), START)
    assert card.text == (
        "✅ <b>server-agent-vnext</b> is well\n"
        "Live: <code>1a2b3c4</code> main since 2026-03-09 05:00 UTC (5 h ago)\n"
        "No run is under way.\n"
        "\n"
        "<b>Services</b> (seen 20 s ago)\n"
        "✅ app: healthy\n"
        "\n"
        "Disk 42 % free · memory 31 % available\n"
        "Last backup: 12.3 MB, 2 h ago\n"
        "No backup has been proven yet\n"
        "<blockquote expandable>Watches <code>main</code>\n"
        "app: up since 2026-03-09 07:13 UTC</blockquote>"
    )


def test_of_nothing() -> None:
    nothing = Standing(project="sample", branch="main", live=None, previous=None, seen=None, active=None)
    assert status_card(nothing, START).text == (
        "⚠️ <b>sample</b>\n"
        "<b>The worker has not told anything yet.</b>\n"
        "Live: nothing yet\n"
        "No run is under way.\n"
        "\n"
        "No backup yet.\n"
        "<blockquote expandable>Watches <code>main</code></blockquote>"
    )


def test_the_first_line_says_what_is_not_well() -> None:
    def told(observation: Observation, lines: int = 1) -> str:
        return first(status_card(standing(seen=observation), START), lines)

    assert told(seen(service("app"), at=after(-600)), 2) == (
        "⚠️ <b>server-agent-vnext</b>\n<b>The worker has been silent for 10 min 00 s;</b> what follows is old."
    )
    assert told(seen(problem="Docker does not answer.")) == (
        "⚠️ <b>server-agent-vnext</b>: Docker does not answer."
    )
    assert told(seen()) == "⚠️ <b>server-agent-vnext</b>: no container of the project was found."
    ill = service("app", health="unhealthy")
    assert told(seen(ill, ill, service("web"))) == (
        "❌ <b>server-agent-vnext</b>: 2 of 3 services are not well"
    )


def test_a_question_that_waits() -> None:
    active = view([stage(StageName.MIGRATE, StageState.RUNNING, 3)])
    card = status_card(standing(active=active, question=question(expires_at=after(90))), START)
    assert (
        "\n❓ <b>Run 12 asks how to go on</b>, for 1 min 30 s more. Tap a button below its question.\n"
    ) in card.text
    late = status_card(standing(active=active, plan=approval(expires_at=after(-1))), START)
    assert "<b>The plan of run 12 waits for you</b>, its time is over; silence means no." in late.text


def test_a_run_that_is_being_cancelled() -> None:
    card = status_card(standing(active=view(cancelled_by="Eve & co (7)")), START)
    assert (
        "▶️ Run 12, deploy: running since 10:00 UTC, asked by Ada (42), cancelled by Eve &amp; co (7)\n"
    ) in card.text


def test_it_fits_however_much_there_is_to_tell() -> None:
    many = [
        service(f"{number:03}<&>{'ü' * 60}", health="unhealthy", restarts=99_999) for number in range(300)
    ]
    card = status_card(
        standing(
            project="p" * 63,
            branch="&" * 300,
            live=release(branch="<" * 300, live_since=START),
            previous=release(branch=">" * 300, live_since=START),
            seen=seen(*many, problem="&" * 2000, tokens=TokenBudget(used=10**14, limit=10**14)),
            active=view(requested_by="&" * 300),
            plan=approval(),
            question=question(),
            runs=[past_run(id=number) for number in range(100)],
            backup=backup(),
            agenda=[Next(name="x" * 100, at=after(60 + number)) for number in range(50)],
        ),
        START,
    )
    assert shown_length(card.text) <= TEXT_LIMIT
    assert len(card.text.encode()) <= BYTES_LIMIT
    assert "… and 292 more" in card.text


MENU = [
    ["Deploy", "Roll back"],
    ["Another branch", "Another release"],
    ["Back up", "Logs", "Status"],
    ["Copy 1a2b3c4"],
]
