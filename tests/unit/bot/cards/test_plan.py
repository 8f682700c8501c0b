from __future__ import annotations

from dataclasses import replace

import pytest

from bot.callbacks import PlanTap, Verdict
from bot.cards.plan import plan_card
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
        "Answer before 10:30 UTC, within 30 min; silence means no."
    )
    ((yes, no), (copy,)) = card.rows
    assert (yes.text, yes.style, no.text, no.style) == ("Approve", "success", "Reject", None)
    assert (copy.text, copy.copy, copy.data) == ("Copy 9f8e7d6", GOAL, "")
    assert PlanTap.unpack(yes.data) == PlanTap(verdict=Verdict.APPROVE, nonce="n0nce-of_the-plan")
    assert PlanTap.unpack(no.data) == PlanTap(verdict=Verdict.REJECT, nonce="n0nce-of_the-plan")


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


@pytest.mark.parametrize(
    ("state", "by", "first", "last"),
    [
        (ApprovalState.REJECTED, "Ada (42)", "🚫 <b>Rejected</b>", "Rejected by Ada (42). Nothing changed."),
        (
            ApprovalState.EXPIRED,
            None,
            "⌛ <b>Expired</b>",
            "Nobody answered until 10:30 UTC. Nothing changed.",
        ),
        (
            ApprovalState.VOIDED,
            "Ada (42)",
            "⚪ <b>Voided</b>",
            "No longer fits what is there after it was approved by Ada (42). Nothing changed.",
        ),
        (ApprovalState.VOIDED, None, "⚪ <b>Voided</b>", "No longer fits what is there. Nothing changed."),
    ],
)
def test_ends(state: ApprovalState, by: str | None, first: str, last: str) -> None:
    card = plan_card(approval(state=state, answered_by=by))
    assert card.text.startswith(f"{first} · Deploy · server-agent-vnext")
    assert card.text.splitlines()[1:3] == [last, ""]
    assert card.rows == ()


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
