from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.callbacks import NewerTap, PlanTap, Verdict
from bot.cards.card import Card
from bot.cards.plan import plan_card, reminder_card
from pipeline.model.plan import Side
from pipeline.model.results import BackedUp, Tested
from pipeline.model.states import ApprovalState, RunKind
from tests.unit.bot.samples import GOAL, LIVE, START, after, approval, plan


def test_a_plan_that_waits() -> None:
    card = plan_card(approval())
    assert card.text == (
        "✋ <b>Approve?</b> · Deploy · server-agent-vnext · run 12\n"
        "\n"
        "<b>main</b> <code>9f8e7d6</code> Answer faster &amp; &lt;better&gt;\n"
        "Now live: <code>1a2b3c4</code> since 2026-03-07 10:00 UTC (2 d ago)\n"
        "⚠️ <b>The live commit is not part of this branch's history.</b>\n"
        "Tests: 143 passed · coverage 87.5 % (at least 70 %)\n"
        "Migration: <code>python -m agent.migrate --to 'head of it'</code>\n"
        "Expected downtime: about 6 s\n"
        "<blockquote expandable>Services: app, queue\n"
        "Backup: 12.3 MB\n"
        "Image: 181 MB (+1.9 MB)</blockquote>\n"
        "\n"
        "<b>Commits since live: 31</b>\n"
        "<blockquote expandable><code>9f8e7d6</code> Answer faster &amp; &lt;better&gt; – Ada\n"
        "<code>7777777</code> See /\u2060rollback or ask @\u2060master – Eve\n"
        "… and 29 more</blockquote>\n"
        "\n"
        "Answer before 10:30 UTC; silence means no."
    )
    ((yes, no), (more, later), (copy,)) = card.rows
    assert (yes.text, yes.style, no.text, no.style) == ("Approve", "success", "Reject", None)
    assert (copy.text, copy.copy, copy.data) == ("Copy 9f8e7d6", GOAL, "")
    assert PlanTap.unpack(yes.data) == PlanTap(verdict=Verdict.APPROVE, nonce="n0nce-of_the-plan")
    assert PlanTap.unpack(no.data) == PlanTap(verdict=Verdict.REJECT, nonce="n0nce-of_the-plan")
    assert (more.text, later.text) == ("Details", "Later (until 11:00)")
    assert PlanTap.unpack(more.data).verdict is Verdict.DETAILS
    assert PlanTap.unpack(later.data).verdict is Verdict.LATER


def test_a_rollback_that_was_approved() -> None:
    back = replace(
        plan(),
        kind=RunKind.ROLLBACK,
        goal=Side(sha=LIVE, branch=None, images={}, compose_hash="1", since=START),
        live=Side(sha=None, branch=None, images={}, compose_hash="1"),
        subject="",
        migration=None,
        commits=[],
        tests=None,
        backup=None,
        image_bytes=0,
        downtime_seconds=None,
        warnings=[],
    )
    card = plan_card(
        approval(back, state=ApprovalState.APPROVED, answered_by="Ada <3 (42)", answered_at=after(60))
    )
    assert card.text == (
        "✅ <b>Approved</b> · Rollback · server-agent-vnext · run 12\n"
        "Approved by Ada &lt;3 (42) at 10:01 UTC.\n"
        "\n"
        "<code>1a2b3c4</code> · live from 2026-03-09 10:00 UTC (just now)\n"
        "Now live: <code>unknown</code>\n"
        "<blockquote expandable>Expected downtime: not known yet\n"
        "Services: app, queue</blockquote>"
    )
    assert card.rows == ()


MOVED = "Branch main moved since the plan was made: from 9f8e7d6 to 7777777."


@pytest.mark.parametrize(
    ("state", "changes", "first", "last"),
    [
        (
            ApprovalState.REJECTED,
            {"answered_by": "Ada (42)"},
            "🚫 <b>Rejected</b>",
            "Rejected by Ada (42). Nothing changed.\nReply to this message to say why.",
        ),
        (
            ApprovalState.REJECTED,
            {"answered_by": "Ada (42)", "reason": "<not> on a friday, see /help"},
            "🚫 <b>Rejected</b>",
            "Rejected by Ada (42): &lt;not&gt; on a friday, see /\u2060help. Nothing changed.",
        ),
        (
            ApprovalState.APPROVED,
            {"answered_by": "Ada (42)", "answered_at": after(60), "despite_freeze": True},
            "✅ <b>Approved</b>",
            "Approved by Ada (42) at 10:01 UTC despite the freeze.",
        ),
        (
            ApprovalState.APPROVED,
            {"answered_by": "Ada (42)", "despite_freeze": True, "reason": "a hotfix"},
            "✅ <b>Approved</b>",
            "Approved by Ada (42) despite the freeze: a hotfix.",
        ),
        (ApprovalState.EXPIRED, {}, "⌛ <b>Expired</b>", "Nobody answered until 10:30 UTC. Nothing changed."),
        (
            ApprovalState.VOIDED,
            {"answered_by": "Ada (42)", "what_changed": "An image is gone: that of app (1a2b)."},
            "⚪ <b>Voided</b>",
            "An image is gone: that of app (1a2b). It was approved by Ada (42). Nothing changed.",
        ),
        (ApprovalState.VOIDED, {}, "⚪ <b>Voided</b>", "It no longer fits what is there. Nothing changed."),
        (
            ApprovalState.SUPERSEDED,
            {"what_changed": MOVED},
            "⚪ <b>Superseded</b>",
            f"{MOVED} Nothing changed.",
        ),
    ],
)
def test_ends(state: ApprovalState, changes: dict[str, Any], first: str, last: str) -> None:
    card = plan_card(approval(state=state, **changes))
    assert card.text.startswith(f"{first} · Deploy · server-agent-vnext")
    assert card.text.partition("\n\n")[0].partition("\n")[2] == last
    assert card.rows == ()


def test_a_superseded_plan_offers_the_newer_commit_once_its_run_has_ended() -> None:
    gone = approval(state=ApprovalState.SUPERSEDED, what_changed=MOVED, newer_sha="77" * 20)
    assert plan_card(gone, over=False).rows == ()
    (((newer),),) = plan_card(gone).rows
    assert (newer.text, NewerTap.unpack(newer.data)) == ("Plan the newer commit", NewerTap(run=12))


def test_in_a_freeze_approving_is_a_button_of_its_own() -> None:
    card = plan_card(approval(), after(7200))
    assert card.text.endswith(
        "\n\n❄️ <b>A freeze holds until 2026-03-09 12:00 UTC: nothing new goes into production before.</b>\n"
        "Answer before 10:30 UTC; silence means no."
    )
    (yes,), (no,) = card.rows[:2]
    assert (yes.text, yes.style, no.text) == ("Approve despite freeze", "danger", "Reject")
    assert PlanTap.unpack(yes.data).verdict is Verdict.DESPITE
    assert "freeze" not in plan_card(approval(state=ApprovalState.EXPIRED), after(7200)).text


def test_put_off_it_can_be_put_off_no_more() -> None:
    card = plan_card(approval(expires_at=after(3600), postponed_by="Ada <3", postponed_at=after(60)))
    assert card.text.endswith("\n\nPut off by Ada &lt;3. Answer before 11:00 UTC; silence means no.")
    assert [button.text for row in card.rows for button in row] == [
        "Approve",
        "Reject",
        "Details",
        "Copy 9f8e7d6",
    ]


def test_a_reminder_and_what_becomes_of_it() -> None:
    card = reminder_card(approval(), None, still=True)
    assert card.text == (
        "⏰ <b>A plan still waits</b> · Deploy · server-agent-vnext · run 12\n"
        "<code>9f8e7d6</code> Answer faster &amp; &lt;better&gt;\n"
        "Answer before 10:30 UTC; silence means no."
    )
    assert [button.text for row in card.rows for button in row] == [
        "Approve",
        "Reject",
        "Later (until 11:00)",
    ]
    frozen = reminder_card(approval(), after(7200), still=True)
    assert [row[0].text for row in frozen.rows[:2]] == ["Approve despite freeze", "Reject"]
    over = approval(state=ApprovalState.APPROVED, answered_by="Ada (42)", answered_at=after(60))
    assert reminder_card(over, None, still=False) == Card(
        text="✅ <b>Approved</b> · Deploy · server-agent-vnext · run 12\nApproved by Ada (42) at 10:01 UTC."
    )
    put_off = approval(expires_at=after(3600), postponed_by="Ada (42)", postponed_at=after(60))
    assert reminder_card(put_off, None, still=False) == Card(
        text="✋ <b>Approve?</b> · Deploy · server-agent-vnext · run 12\n"
        "Put off by Ada (42). Answer before 11:00 UTC; silence means no."
    )


def test_a_first_deploy_without_tests_backup_or_migration() -> None:
    text = plan_card(
        approval(
            plan(
                live=None,
                live_image_bytes=None,
                migration=None,
                commits=[],
                commit_count=0,
                tests=Tested(ran=False, tests=0),
                backup=BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note="no database yet"),
            )
        )
    ).text
    for line in (
        "Nothing is live yet.",
        "Tests: no tests declared",
        "Image: 181 MB</blockquote>",
        "Backup: no database yet",
        "Migration: none",
        "No commits since live.",
    ):
        assert f"\n{line}\n" in text


def test_more_warnings_than_fit_are_counted() -> None:
    text = plan_card(approval(plan(warnings=[f"Warning {number}" for number in range(9)]))).text
    assert "Warning 5</b>\n⚠️ <b>and 3 more warnings</b>\n" in text
