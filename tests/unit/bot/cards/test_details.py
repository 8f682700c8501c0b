"""All that a plan holds, and as much of it as a message takes."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.plan import details_card
from pipeline.model.plan import PlannedChecks, Side, TableChange
from pipeline.model.results import BackedUp, CommitLine, Rehearsed, Tested
from pipeline.model.states import RunKind
from pipeline.wording.details import plan_details
from pipeline.wording.markup import TEXT_LIMIT, shown_length
from tests.unit.bot.cards.test_restore import RESTORING
from tests.unit.bot.samples import COMMITS, GOAL, LIVE, plan

IMAGES = {"app": "sha256:" + "ab" * 32, "queue": "sha256:" + "cd" * 32}


def test_everything() -> None:
    text = plan_details(
        plan(
            live=Side(sha=LIVE, branch="main", images={"app": "sha256:" + "12" * 32}, compose_hash="1"),
            goal=Side(sha=GOAL, branch="main", images=IMAGES, compose_hash="2"),
            tests=Tested(
                ran=True, tests=143, skipped=2, coverage=87.46, threshold=70, suites={"unit": 100, "end": 43}
            ),
            rehearsed=Rehearsed(
                ran=True, seconds=2.1, before="0003", after="0004", revisions=["migrations/0004_<mood>.sql"]
            ),
            compose_changes=["services.app.environment.MODE: changed"],
            checks=PlannedChecks(required=["ping", "health"], if_offered=["stats"], left_out=["disk"]),
        )
    )
    assert text == (
        "<b>Details</b> · Deploy · server-agent-vnext · run 12\n"
        "\n"
        "<b>Commits since live: 31</b>\n"
        "<code>9f8e7d6</code> Answer faster &amp; &lt;better&gt; – Ada\n"
        "<code>7777777</code> See /\u2060rollback or ask @\u2060master – Eve\n"
        "… and 29 older ones\n"
        "\n"
        "<b>Migration</b>\n"
        "Command: <code>python -m agent.migrate --to 'head of it'</code>\n"
        "Rehearsed on a copy: 0003 → 0004 in 2.1 s\n"
        "New: 1\n"
        "<code>migrations/0004_&lt;mood&gt;.sql</code>\n"
        "\n"
        "<b>Compose file: 1 change</b>\n"
        "<code>services.app.environment.MODE: changed</code>\n"
        "\n"
        "<b>Tests</b>\n"
        "141 passed, 2 skipped · coverage 87.5 % (at least 70 %)\n"
        "unit: 100\n"
        "end: 43\n"
        "\n"
        "<b>Images</b>\n"
        "Size: 181 MB (+1.9 MB)\n"
        "app: <code>121212121212</code> → <code>abababababab</code>\n"
        "queue: none → <code>cdcdcdcdcdcd</code>\n"
        "\n"
        "<b>Backup</b>\n"
        "12.3 MB\n"
        "\n"
        "<b>Smoke test</b>\n"
        "Required: ping, health\n"
        "If offered: stats\n"
        "Left out: disk"
    )
    assert details_card(text).text == text


def test_a_rollback_has_no_commits_and_may_have_no_migration() -> None:
    text = plan_details(
        plan(kind=RunKind.ROLLBACK, migration=None, tests=None, backup=None, image_bytes=0, checks=None)
    )
    assert text == (
        "<b>Details</b> · Rollback · server-agent-vnext · run 12\n"
        "\n"
        "<b>Compose file</b>\n"
        "There is none of a live release to compare it with."
    )


def test_a_restore_lists_every_table_that_differs() -> None:
    many = [TableChange(name=f"public.t{number}", then=number, now=number + 1) for number in range(9)]
    found = replace(RESTORING, changes=many)
    text = plan_details(plan(kind=RunKind.RESTORE, migration=None, restore=found))
    assert (
        "\n\n<b>Data</b>\n"
        "From 2026-03-09 10:00 UTC; what was written until 2026-03-09 13:20 UTC is not in it.\n"
        "Tables that differ: 9\n"
        "public.t0: 0 → 1 rows\n"
    ) in text
    assert "\npublic.t8: 8 → 9 rows\n\n<b>Compose file" in text
    assert "Commits" not in text
    unknown = plan_details(plan(kind=RunKind.RESTORE, restore=replace(RESTORING, changes=None)))
    assert "is not in it.\nWhat was written since cannot be compared.\n\n" in unknown


def test_nothing_new() -> None:
    text = plan_details(
        plan(
            migration=None,
            rehearsed=Rehearsed(ran=False, note="no new migrations"),
            compose_changes=[],
            backup=BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note="no database"),
        )
    )
    assert "\nCommand: none\nNot rehearsed: no new migrations\n\n" in text
    assert "<b>Compose file: no changes</b>\n" in text
    assert text.endswith("<b>Backup</b>\nno database")


def test_a_message_holds_whole_lines_and_says_that_there_are_more() -> None:
    commits = [CommitLine(sha=GOAL, author="Ada", subject=f"{number} " + "x" * 70) for number in range(90)]
    text = plan_details(plan(commits=[*commits, *COMMITS], commit_count=92))
    card = details_card(text)
    assert shown_length(card.text) <= TEXT_LIMIT
    assert card.text.endswith("– Ada\n\n… the document below holds the rest.")
    assert card.text.removesuffix("\n\n… the document below holds the rest.") in text
