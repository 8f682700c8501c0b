from __future__ import annotations

from dataclasses import replace

from bot.cards.trouble import conflict_card, copies_card, other_pollers, tap_too_old
from pipeline.model.release import BackupId, ProjectId
from pipeline.store.chat import OtherBot
from pipeline.store.copies import CopyTrouble, TroubleId
from tests.unit.bot.samples import START, after

TROUBLE = CopyTrouble(
    id=TroubleId(1),
    project_id=ProjectId(1),
    backup_id=BackupId(12),
    of_file=False,
    problem="The backup could not be copied: rclone failed with exit code 1. Its last lines: <no> route.",
    advice="See that the place of OFFSITE can be reached.",
    began_at=START,
    over_at=None,
)


def test_copies_that_fail_and_go_well_again() -> None:
    assert copies_card(TROUBLE, "agent").text == (
        "⚠️ <b>Backups are not copied off site</b> · agent\n"
        "<b>What happened with backup 12:</b> The backup could not be copied: rclone failed with exit code 1."
        " Its last lines: &lt;no&gt; route.\n"
        "<b>Production</b> was not touched, and runs go on.\n"
        "<b>Next:</b> See that the place of OFFSITE can be reached.\n"
        "It is tried again each hour and after each backup; this message then tells."
    )
    assert copies_card(replace(TROUBLE, over_at=after(7200)), "agent").text == (
        "✅ <b>Backups are copied off site again</b> · agent\n"
        "From 2026-03-09 10:00 UTC to 2026-03-09 12:00 UTC they were not. The backup could not be copied:"
        " rclone failed with exit code 1. Its last lines: &lt;no&gt; route."
    )


def test_a_backup_that_is_damaged_on_the_server() -> None:
    damaged = replace(TROUBLE, of_file=True, problem="Backup 12 is damaged on the server: it cannot be read.")
    assert copies_card(damaged, "agent").text == (
        "⚠️ <b>Backup 12 is damaged</b> · agent\n"
        "<b>What happened with backup 12:</b> Backup 12 is damaged on the server: it cannot be read.\n"
        "<b>Production</b> was not touched, and runs go on.\n"
        "<b>Next:</b> See that the place of OFFSITE can be reached."
    )


def test_another_bot_on_the_same_journal_is_named() -> None:
    others = [OtherBot(name="<old> host 7", since=START)]
    assert other_pollers(others) == [
        "the bot on <old> host (process 7), connected to this journal since 2026-03-09 10:00 UTC"
    ]
    assert conflict_card(others).text == (
        "⚠️ <b>CRITICAL: another process fetches my messages</b>\n"
        "Telegram gives each command and tap to one of us only, so some of yours may not arrive here.\n"
        "It is the bot on &lt;old&gt; host (process 7), connected to this journal since 2026-03-09 10:00 UTC."
        "\n"
        "Production and runs are not touched by this.\n"
        "End the other process, or give it a bot of its own."
    )


def test_one_that_does_not_use_the_journal() -> None:
    assert conflict_card([]).text == (
        "⚠️ <b>CRITICAL: another process fetches my messages</b>\n"
        "Telegram gives each command and tap to one of us only, so some of yours may not arrive here.\n"
        "It does not use this journal: look for a bot elsewhere (another server, a test, an old container)"
        " with the same TELEGRAM_API_TOKEN.\n"
        "Production and runs are not touched by this.\n"
        "End the other process, or give it a bot of its own."
    )


def test_a_tap_that_came_too_late() -> None:
    assert tap_too_old().text == (
        "⚠️ A button that you tapped while I was away reached me too late, and nothing was done.\n"
        "If it is still wanted, please tap it again."
    )
